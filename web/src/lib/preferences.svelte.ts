/** What this browser's owner has chosen for the page itself. */

class Kept<T extends string> {
  #value = $state<T>() as T
  constructor(
    private readonly key: string,
    otherwise: T,
  ) {
    this.#value = (localStorage.getItem(key) as T | null) ?? otherwise
  }
  get value(): T {
    return this.#value
  }
  set value(value: T) {
    this.#value = value
    localStorage.setItem(this.key, value)
  }
}

/** A language tag, or empty: recognise it. */
export const recordingLanguage = new Kept('ai-conspects.recording-language', '')
export const singleKeys = new Kept<'on' | 'off'>('ai-conspects.single-keys', 'on')
