/** The page's language: Russian or English, by the browser unless its owner chose. A dictionary is loaded when needed. */
import type { Words } from './en'

export const LANGUAGES = { en: 'English', ru: 'Русский' } as const
export type Language = keyof typeof LANGUAGES
const KEY = 'ai-conspects.language'

const load: Record<Language, () => Promise<Words>> = {
  en: async () => (await import('./en')).en,
  ru: async () => (await import('./ru')).ru,
}

interface Served {
  codes: Record<string, string>
  sentences: Record<string, string>
}

class Tongue {
  language = $state<Language>('en')
  words = $state.raw<Words>({} as Words)
  /** The server's own words in this language; null where they are in it already, or not here yet. */
  served = $state.raw<Served | null>(null)

  async speak(language: Language = chosen()): Promise<void> {
    this.words = await load[language]()
    this.language = language
    document.documentElement.lang = language
    this.served = null
    if (language === 'ru') void import('./served.ru.json').then((found) => (this.served = found.default))
  }

  async choose(language: Language): Promise<void> {
    localStorage.setItem(KEY, language)
    await this.speak(language)
  }
}

function chosen(): Language {
  const wanted = [localStorage.getItem(KEY), ...navigator.languages].map((one) => one?.slice(0, 2))
  return wanted.find((one): one is Language => one !== undefined && Object.hasOwn(LANGUAGES, one)) ?? 'en'
}

export const tongue = new Tongue()

/** The page's words. Each is looked up when it is shown, and so changes with the language. */
export const w = new Proxy({} as Words, { get: (_, word) => tongue.words[word as keyof Words] })
