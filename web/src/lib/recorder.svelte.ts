/** The microphone: one recording at a time, each second of it in the outbox before the next one is there. */
import { account } from './account.svelte'
import * as outbox from './outbox'
import { recordingLanguage } from './preferences.svelte'
import { sending } from './sending.svelte'

const EVERY_MS = 1_000
const KINDS = [
  ['audio/webm;codecs=opus', 'webm'],
  ['audio/mp4', 'm4a'],
  ['audio/ogg;codecs=opus', 'ogg'],
] as const

export type Trouble = 'insecure' | 'denied' | 'noDevice'

class Recorder {
  state = $state<'idle' | 'starting' | 'recording' | 'paused' | 'saving'>('idle')
  elapsedS = $state(0)
  /** 0 … 1, how loud it is now. */
  level = $state(0)
  trouble = $state<Trouble | null>(null)
  diskFull = $state(false)
  justSaved = $state(false)
  #item: outbox.Item | null = null
  #media: MediaRecorder | null = null
  #stream: MediaStream | null = null
  #context: AudioContext | null = null
  #unsaved: Blob[] = []
  #writing: Promise<void> = Promise.resolve()
  #since = 0
  #before = 0
  #lock: WakeLockSentinel | null = null

  get isOn(): boolean {
    return this.state === 'recording' || this.state === 'paused'
  }
  get id(): string | null {
    return this.#item?.id ?? null
  }

  async start(): Promise<void> {
    if (this.state !== 'idle') return
    this.trouble = null
    this.justSaved = false
    if (!navigator.mediaDevices?.getUserMedia || typeof MediaRecorder === 'undefined') {
      this.trouble = 'insecure'
      return
    }
    this.state = 'starting'
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    } catch (error) {
      this.trouble = error instanceof DOMException && error.name === 'NotFoundError' ? 'noDevice' : 'denied'
      this.state = 'idle'
      return
    }
    void navigator.storage?.persist?.()
    this.#begin(this.#stream)
  }

  pause(): void {
    this.#media?.pause()
    this.#before = this.elapsedS
    this.state = 'paused'
  }

  resume(): void {
    this.#media?.resume()
    this.#since = performance.now()
    this.state = 'recording'
  }

  /** The last second is written, then it may be sent. */
  async stop(): Promise<void> {
    const [media, item] = [this.#media, this.#item]
    if (!media || !item || !this.isOn) return
    this.#count()
    this.state = 'saving'
    if (media.state !== 'inactive') {
      const ended = new Promise((resolve) => media.addEventListener('stop', resolve, { once: true }))
      media.stop()
      await ended
    }
    await this.#writing
    this.#release()
    await this.#rescue(item)
    item.durationS = this.elapsedS
    await sending.save(item)
    this.state = 'idle'
    this.justSaved = true
  }

  #begin(stream: MediaStream): void {
    const [type, extension] = KINDS.find(([kind]) => MediaRecorder.isTypeSupported(kind)) ?? ['', 'webm']
    const media = new MediaRecorder(stream, { ...(type ? { mimeType: type } : {}), audioBitsPerSecond: 64_000 })
    const now = new Date()
    const stamp = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
    this.#item = {
      id: outbox.newId(),
      owner: account.user ?? '',
      name: `${stamp.replace('T', ' ').replace(':', '-')}.${extension}`,
      type: media.mimeType.split(';')[0] || 'audio/webm',
      language: recordingLanguage.value,
      createdAt: now.toISOString(),
      durationS: 0,
      bytes: 0,
      chunks: 0,
      state: 'recording',
      touchedAt: Date.now(),
    }
    this.#unsaved = []
    this.diskFull = false
    this.elapsedS = this.#before = 0
    this.#since = performance.now()
    media.addEventListener('dataavailable', ({ data }) => data.size && this.#keep(data))
    stream.getAudioTracks()[0]?.addEventListener('ended', () => void this.stop()) // unplugged
    media.start(EVERY_MS)
    this.#media = media
    this.state = 'recording'
    this.#meter(stream)
    addEventListener('beforeunload', warn)
    navigator.wakeLock?.request('screen').then((lock) => (this.#lock = lock), () => undefined)
  }

  #keep(chunk: Blob): void {
    const item = this.#item
    if (!item) return
    this.#count()
    this.#writing = this.#writing.then(async () => {
      const [bytes, chunks] = [item.bytes + chunk.size, item.chunks + 1]
      try {
        if (this.#unsaved.length) throw new Error('order')
        await outbox.append({ ...item, bytes, chunks, durationS: this.elapsedS, touchedAt: Date.now() }, await chunk.arrayBuffer())
        Object.assign(item, { bytes, chunks })
      } catch {
        this.#unsaved.push(chunk)
        this.diskFull = true
      }
    })
  }

  /** What IndexedDB would not take: once more, as one piece. */
  async #rescue(item: outbox.Item): Promise<void> {
    if (!this.#unsaved.length) return
    const rest = new Blob(this.#unsaved)
    const [bytes, chunks] = [item.bytes + rest.size, item.chunks + 1]
    await outbox.append({ ...item, bytes, chunks, touchedAt: Date.now() }, await rest.arrayBuffer())
    Object.assign(item, { bytes, chunks })
    this.#unsaved = []
    this.diskFull = false
  }

  #count(): void {
    if (this.state === 'recording') this.elapsedS = this.#before + (performance.now() - this.#since) / 1000
  }

  #meter(stream: MediaStream): void {
    this.#context = new AudioContext()
    const analyser = this.#context.createAnalyser()
    analyser.fftSize = 1024
    this.#context.createMediaStreamSource(stream).connect(analyser)
    const wave = new Float32Array(analyser.fftSize)
    const look = () => {
      if (!this.isOn) return
      this.#count()
      analyser.getFloatTimeDomainData(wave)
      const power = wave.reduce((sum, one) => sum + one * one, 0) / wave.length
      const loud = this.state === 'paused' ? 0 : Math.min(1, Math.max(0, 1 + Math.log10(power + 1e-9) / 5))
      this.level = Math.max(loud, this.level * 0.85)
      requestAnimationFrame(look)
    }
    look()
  }

  #release(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop()
    void this.#context?.close()
    void this.#lock?.release()
    removeEventListener('beforeunload', warn)
    this.#media = this.#stream = this.#context = this.#item = this.#lock = null
    this.level = 0
  }
}

const warn = (event: BeforeUnloadEvent) => event.preventDefault()

export const recorder = new Recorder()
