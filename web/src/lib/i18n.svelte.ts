/** The page's language: Russian or English, by the browser unless its owner chose. A dictionary is loaded when needed. */
import type { Words } from './en'

export const LANGUAGES = { en: 'English', ru: 'Русский' } as const
export type Language = keyof typeof LANGUAGES
const KEY = 'ai-conspects.language'

const load: Record<Language, () => Promise<Words>> = {
  en: async () => (await import('./en')).en,
  ru: async () => (await import('./ru')).ru,
}

class Tongue {
  language = $state<Language>('en')
  w = $state.raw<Words>({} as Words)

  async speak(language: Language = chosen()): Promise<void> {
    this.w = await load[language]()
    this.language = language
    document.documentElement.lang = language
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
