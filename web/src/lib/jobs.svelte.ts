/** What the server is working on: its batches with their recordings, kept current by events. */
import { api } from './api'
import { events, type LiveEvent } from './events.svelte'
import type { BatchItem, BatchStatusAnswer, Page } from './types'

export type Job = BatchStatusAnswer

const OVER = new Set(['completed', 'cancelled'])

class Jobs {
  list = $state<Job[]>([])
  #asking = new Set<string>()

  start(): void {
    events.on((event) => this.#on(event))
    void this.load().catch(() => undefined)
  }

  async load(): Promise<void> {
    const { items } = await api<Page<BatchItem>>('GET', '/batches?limit=20')
    const open = items.filter((one) => !OVER.has(one.status))
    const found = await Promise.all(open.map((one) => api<Job>('GET', `/batches/${encodeURIComponent(one.batch_id)}/status`)))
    this.list = found
  }

  async refresh(batchId: string): Promise<void> {
    if (this.#asking.has(batchId)) return
    this.#asking.add(batchId)
    try {
      const job = await api<Job>('GET', `/batches/${encodeURIComponent(batchId)}/status`)
      const rest = this.list.filter((one) => one.batch_id !== batchId)
      this.list = OVER.has(job.status) ? rest : [job, ...rest].sort((a, b) => b.created_at.localeCompare(a.created_at))
    } catch {
      this.#drop(batchId) // it is gone, or the next event asks again
    } finally {
      this.#asking.delete(batchId)
    }
  }

  async retry(job: Job): Promise<void> {
    await api('POST', `/batches/${encodeURIComponent(job.batch_id)}/retry`)
    await this.refresh(job.batch_id)
  }

  async remove(job: Job): Promise<void> {
    await api('DELETE', `/batches/${encodeURIComponent(job.batch_id)}`)
    this.#drop(job.batch_id)
  }

  #on(event: LiveEvent): void {
    if (event.type === 'reset') void this.load().catch(() => undefined)
    else if (event.type === 'batch.deleted') this.#drop(event.data.batch_id)
    else if (event.type === 'batch.finished') void this.refresh(event.data.batch_id)
    else if (event.type === 'batch.progress' || event.type === 'recording.step') this.#progress(event)
  }

  #progress(event: Extract<LiveEvent, { type: 'batch.progress' | 'recording.step' }>): void {
    const job = this.list.find((one) => one.batch_id === event.data.batch_id)
    if (!job) {
      if (event.type === 'recording.step' || !OVER.has(event.data.status)) void this.refresh(event.data.batch_id)
      return
    }
    if (event.type === 'batch.progress') {
      job.status = event.data.status
      job.progress.progress_percentage = event.data.progress_percentage
      return
    }
    const recording = job.recordings.find((one) => one.id === event.data.recording_id)
    if (!recording) return
    recording.step = event.data.step
    recording.status = event.data.status === 'failed' ? 'failed' : 'processing'
    recording.error = event.data.error
    if (event.data.status === 'failed') void this.refresh(job.batch_id)
  }

  #drop(batchId: string): void {
    this.list = this.list.filter((one) => one.batch_id !== batchId)
  }
}

export const jobs = new Jobs()
