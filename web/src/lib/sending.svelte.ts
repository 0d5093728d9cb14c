/** Sends what is in the outbox, one after another and again until the server has it; then, and only then, lets it go. */
import { account } from './account.svelte'
import { api, ApiError } from './api'
import * as outbox from './outbox'
import { upload } from './tus'

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000

class Sending {
  items = $state.raw<outbox.Item[]>([])
  /** Durable bytes by item, while it is sent. */
  sent = $state<Record<string, number>>({})
  waits = $state(false)
  /** A word that something of an item changed on the server. */
  acknowledged: (id: string) => void = () => undefined
  #busy = false
  #again = false
  #waitMs = FIRST_WAIT_MS
  #timer: ReturnType<typeof setTimeout> | undefined

  start(): void {
    addEventListener('online', () => this.now())
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.now())
    setInterval(() => void this.look(), 3_000) // another tab's items, and recordings that stand still
    this.now()
  }

  async look(): Promise<void> {
    try {
      const found = await outbox.all()
      this.items = found
        .filter((item) => item.owner === account.user)
        .sort((a, b) => a.createdAt.localeCompare(b.createdAt))
    } catch {
      // a browser without IndexedDB (some private windows) has nothing to send
    }
  }

  /** Try now, whatever was waited for. */
  now(): void {
    clearTimeout(this.#timer)
    this.#waitMs = FIRST_WAIT_MS
    void this.#run()
  }

  async add(files: File[], language: string): Promise<void> {
    for (const file of files) {
      const item: outbox.Item = {
        id: outbox.newId(),
        owner: account.user ?? '',
        name: file.name,
        type: file.type,
        language,
        createdAt: new Date(file.lastModified || Date.now()).toISOString(),
        durationS: 0,
        bytes: file.size,
        chunks: 1,
        state: 'ready',
        touchedAt: Date.now(),
      }
      await outbox.append(item, file)
    }
    await this.look()
    this.now()
  }

  /** A recording that was cut off is sent as far as it came. */
  async save(item: outbox.Item): Promise<void> {
    await outbox.put({ ...item, state: 'ready' })
    await this.look()
    this.now()
  }

  async discard(item: outbox.Item): Promise<void> {
    await outbox.remove(item.id)
    await this.look()
  }

  async #run(): Promise<void> {
    if (this.#busy) {
      this.#again = true
      return
    }
    this.#busy = true
    try {
      do {
        this.#again = false
        await alone(() => this.#sendAll())
      } while (this.#again)
      this.waits = false
      this.#waitMs = FIRST_WAIT_MS
    } catch {
      this.waits = true
      this.#timer = setTimeout(() => void this.#run(), this.#waitMs)
      this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS)
    } finally {
      this.#busy = false
    }
  }

  async #sendAll(): Promise<void> {
    await this.look()
    for (const item of this.items) {
      if (item.state === 'ready' && item.bytes > 0) await this.#sendOne(item)
      else if (item.state === 'ready') await outbox.remove(item.id)
    }
    await this.look()
  }

  async #sendOne(item: outbox.Item): Promise<void> {
    const keepUrl = async (uploadUrl: string) => outbox.put({ ...((await outbox.find(item.id)) ?? item), uploadUrl })
    try {
      if (!(await this.#isThere(item))) {
        await upload(item, await outbox.audio(item), keepUrl, (bytes) => {
          this.sent[item.id] = bytes
          this.waits = false
        })
        if (!(await this.#isThere(item))) throw new ApiError(503, 'not_there_yet', 'not there yet')
      }
    } catch (error) {
      if (!(error instanceof ApiError) || error.passes || error.status === 401 || error.status === 404) throw error
      if (error.status === 409 && !(await this.#isThere(item, true))) throw error
      if (error.status !== 409) {
        await outbox.put({ ...item, state: 'refused', error: error.message, code: error.code })
        return
      }
    }
    await outbox.remove(item.id)
    delete this.sent[item.id]
    this.acknowledged(item.id)
  }

  /** The server's acknowledgement: it knows the recording. */
  async #isThere(item: outbox.Item, begun = item.uploadUrl !== undefined || item.id in this.sent): Promise<boolean> {
    if (!begun) return false
    try {
      await api('GET', `/recordings/${item.id}`)
      return true
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false
      throw error
    }
  }
}

/** In one tab at a time; another tab that sends already is as good. */
async function alone(work: () => Promise<void>): Promise<void> {
  if (!navigator.locks) return work()
  await navigator.locks.request('ai-conspects.outbox', work)
}

export const sending = new Sending()
