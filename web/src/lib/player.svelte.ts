/** The one player of the page: which recording it plays, where, and how fast. */

const SPEED = 'ai-conspects.speed'
export const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2]

class Player {
  recording = $state<string | null>(null)
  playing = $state(false)
  at = $state(0)
  broken = $state(false)
  speed = $state(Number(localStorage.getItem(SPEED)) || 1)
  #audio: HTMLAudioElement | null = null

  /** Ready to play this recording, silent until asked. */
  load(recording: string): void {
    if (this.recording === recording) return
    this.#audio?.pause()
    const audio = (this.#audio = new Audio())
    audio.preload = 'metadata'
    audio.src = `/v1/recordings/${encodeURIComponent(recording)}/audio`
    audio.playbackRate = this.speed
    audio.onplay = () => (this.playing = true)
    audio.onpause = audio.onended = () => (this.playing = false)
    audio.onseeked = audio.ontimeupdate = () => (this.at = audio.currentTime)
    audio.onerror = () => (this.broken = true)
    audio.onplaying = () => this.#follow(audio)
    Object.assign(this, { recording, at: 0, playing: false, broken: false })
  }

  unload(): void {
    this.#audio?.pause()
    this.#audio?.removeAttribute('src')
    this.#audio = null
    Object.assign(this, { recording: null, playing: false, at: 0 })
  }

  seek(seconds: number): void {
    const audio = this.#audio
    if (!audio) return
    this.at = Math.max(0, seconds)
    if (audio.readyState > 0) audio.currentTime = this.at
    else audio.onloadedmetadata = () => (audio.currentTime = this.at)
  }

  /** From this second on. */
  async playFrom(seconds: number): Promise<void> {
    this.seek(seconds)
    await this.#play()
  }

  toggle(): void {
    if (this.playing) this.#audio?.pause()
    else void this.#play()
  }

  setSpeed(speed: number): void {
    this.speed = speed
    localStorage.setItem(SPEED, String(speed))
    if (this.#audio) this.#audio.playbackRate = speed
  }

  async #play(): Promise<void> {
    const audio = this.#audio
    if (!audio) return
    if (this.broken) {
      this.broken = false
      audio.load() // the session's cookie may have been renewed since
    }
    await audio.play().catch(() => undefined)
  }

  /** `timeupdate` comes four times a second; words go by faster. */
  #follow(audio: HTMLAudioElement): void {
    const look = () => {
      if (audio.paused || audio !== this.#audio) return
      this.at = audio.currentTime
      requestAnimationFrame(look)
    }
    look()
  }
}

export const player = new Player()
