/** Which screen is shown: the address alone decides. The server knows the same addresses (`page/router.py`). */

export type Screen = 'library' | 'record' | 'note' | 'ask' | 'graph' | 'settings'

export interface Place {
  screen: Screen
  id: string
  query: URLSearchParams
}

export function placeOf(url: URL): Place {
  const [first = '', id = ''] = url.pathname.split('/').filter(Boolean)
  const known: readonly string[] = ['record', 'note', 'ask', 'graph', 'settings']
  return { screen: (known.includes(first) ? first : 'library') as Screen, id: decodeURIComponent(id), query: url.searchParams }
}

class Router {
  place = $state.raw<Place>(placeOf(new URL(location.href)))

  constructor() {
    addEventListener('popstate', () => this.#look())
    addEventListener('click', (event) => this.#follow(event))
  }

  /** Go to a path of this page. */
  go(path: string, replace = false): void {
    history[replace ? 'replaceState' : 'pushState'](null, '', path)
    const before = this.place
    this.#look()
    if (!replace && (before.screen !== this.place.screen || before.id !== this.place.id)) scrollTo(0, 0)
  }

  #look(): void {
    this.place = placeOf(new URL(location.href))
  }

  #follow(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    const href = link?.getAttribute('href')
    if (!link || !href?.startsWith('/') || href.startsWith('/v1/') || link.hasAttribute('download')) return
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    this.go(href)
  }
}

export const router = new Router()

/** Where a note is, at a second of its recording. */
export function notePath(id: string, at?: number | null): string {
  return `/note/${encodeURIComponent(id)}${at == null ? '' : `?t=${Math.max(0, at).toFixed(1)}`}`
}
