/** What the server says, in the page's language: by its code, else by the sentence; what isn't known stays as it is. */
import { ApiError } from './api'
import { tongue, w } from './i18n.svelte'

/** The server's text. Reactive: the words for it may come a moment later. */
export function told(text: string, code = ''): string {
  const served = tongue.served
  if (!served) return text
  return served.codes[code] ?? translated(text, served.sentences)
}

/** Why a call failed. */
export function failure(error: unknown): string {
  if (!(error instanceof ApiError)) return w.problem
  return error.status === 0 ? w.offline : told(error.message, error.code) || w.problem
}

/** Several sentences may stand in one text; `{}` in a pattern is whatever stands there, in its order. */
export function translated(text: string, sentences: Record<string, string>): string {
  let said = text
  for (const [pattern, meaning] of Object.entries(sentences)) {
    const source = pattern.split('{}').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('(.+?)')
    said = said.replace(new RegExp(source, 'gs'), (...found: string[]) => {
      let at = 0
      return meaning.replaceAll('{}', () => found[(at += 1)] ?? '')
    })
  }
  return said
}
