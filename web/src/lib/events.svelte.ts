/** The live events over one WebSocket: it comes back by itself and has replayed what it missed. */
import { account } from './account.svelte'
import type { BatchStatus, Fault, Segment, Step } from './types'

export type LiveEvent =
  | { type: 'batch.progress'; data: { batch_id: string; status: BatchStatus; progress_percentage: number } }
  | { type: 'batch.finished'; data: { batch_id: string; status: BatchStatus } }
  | { type: 'batch.deleted'; data: { batch_id: string } }
  | { type: 'recording.deleted'; data: { batch_id: string; recording_id: string } }
  | {
      type: 'recording.step'
      data: { batch_id: string; recording_id: string; step: Step; status: string; progress: number | null; error: Fault | null }
    }
  | {
      type: 'recording.segments'
      data: { recording_id: string; from_s: number; until_s: number; segments: Segment[] }
    }
  | { type: 'note.created'; data: { note_id: string; recording_id: string; title: string } }
  | { type: 'reset'; data: unknown }

type Listener = (event: LiveEvent) => void

const AUTH_AGAIN_MS = 60_000
const SILENT_MS = 40_000
const TOKEN_ENDED = 4401

class Events {
  connected = $state(true)
  #listeners = new Set<Listener>()
  #socket: WebSocket | null = null
  #since: string | null = null
  #failures = 0
  #timers: ReturnType<typeof setTimeout>[] = []

  start(): void {
    addEventListener('online', () => void this.#connect()) // a socket that has slept may be dead without knowing it
    addEventListener('offline', () => (this.connected = false))
    void this.#connect()
  }

  /** Told of every event until the function that this gives is called. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Another account: nothing of the old one's stream. */
  again(): void {
    this.#since = null
    void this.#connect()
  }

  async #connect(): Promise<void> {
    this.#stop()
    let token: string | null
    try {
      token = await account.token()
    } catch {
      return this.#later()
    }
    const url = new URL('/v1/events', location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    const socket = (this.#socket = new WebSocket(url))
    let last = Date.now()
    socket.onopen = () => socket.send(JSON.stringify({ type: 'auth', token, ...(this.#since ? { since: this.#since } : {}) }))
    socket.onmessage = ({ data }) => {
      last = Date.now()
      this.#failures = 0
      this.connected = true
      this.#heard(JSON.parse(String(data)) as { id?: string } & LiveEvent)
    }
    socket.onclose = async ({ code }) => {
      if (this.#socket !== socket) return
      if (code === TOKEN_ENDED) await account.fresh().catch(() => null)
      this.#later()
    }
    this.#timers.push(
      setInterval(async () => socket.send(JSON.stringify({ type: 'auth', token: await account.token() })), AUTH_AGAIN_MS),
      setInterval(() => Date.now() - last > SILENT_MS && socket.close(), SILENT_MS / 4),
    )
  }

  #heard(event: { id?: string } & LiveEvent): void {
    if (event.id) this.#since = event.id
    for (const listener of this.#listeners) listener(event)
  }

  #later(): void {
    this.#stop()
    this.#failures += 1
    this.connected = this.#failures < 2
    const waitMs = Math.min(15_000, 500 * 2 ** Math.min(this.#failures, 5)) * (0.75 + Math.random() / 2)
    this.#timers.push(setTimeout(() => void this.#connect(), waitMs))
  }

  #stop(): void {
    this.#timers.forEach(clearTimeout)
    this.#timers = []
    const socket = this.#socket
    this.#socket = null
    socket?.close()
  }
}

export const events = new Events()
