/**
 * Markdown as elements that are made one by one, never as HTML text: what a note says can't become code. Raw HTML is shown
 * as the text that it is; a picture is a link, so that nothing is fetched from elsewhere; only web links lead anywhere.
 */
import { Lexer, type Token, type Tokens } from 'marked'

export interface Making {
  /** The element for `[n]`, or null where no such source is known. */
  cite: (position: number) => HTMLElement | null
}

const CITED = /\[(\d{1,4})\]/g
const WEB = /^(https?|mailto):/i

export function render(markdown: string, making: Making): DocumentFragment {
  const made = document.createDocumentFragment()
  const tokens = new Lexer({ gfm: true }).lex(markdown)
  const depths = tokens.flatMap((token) => (token.type === 'heading' ? [(token as Tokens.Heading).depth] : []))
  const lift = 2 - Math.min(...depths) // the page has the h1, and no level may be left out below it
  for (const token of tokens) if (token.type === 'heading') token.depth = Math.min(6, token.depth + lift)
  made.append(...many(tokens, making))
  return made
}

function many(tokens: Token[] | undefined, making: Making): Node[] {
  return (tokens ?? []).flatMap((token) => one(token, making))
}

function one(token: Token, making: Making): Node[] {
  switch (token.type) {
    case 'heading':
      return [element(`h${Math.max(2, (token as Tokens.Heading).depth)}`, many(token.tokens, making))]
    case 'paragraph':
      return [element('p', many(token.tokens, making))]
    case 'blockquote':
      return [element('blockquote', many(token.tokens, making))]
    case 'list':
      return [list(token as Tokens.List, making)]
    case 'table':
      return [table(token as Tokens.Table, making)]
    case 'code':
      return [element('pre', [element('code', [text(token.text)])])]
    case 'hr':
      return [element('hr')]
    case 'strong':
    case 'em':
    case 'del':
      return [element(token.type, many(token.tokens, making))]
    case 'codespan':
      return [element('code', [text(token.text)])]
    case 'br':
      return [element('br')]
    case 'link':
    case 'image':
      return [link(token as Tokens.Link | Tokens.Image, making)]
    case 'text':
      return 'tokens' in token && token.tokens ? many(token.tokens, making) : cited(unescaped(token.text), making)
    case 'space':
    case 'def':
      return []
    default:
      return [text(token.type === 'escape' ? token.text : token.raw)]
  }
}

function cited(said: string, making: Making): Node[] {
  const made: Node[] = []
  let from = 0
  for (const match of said.matchAll(CITED)) {
    const button = making.cite(Number(match[1]))
    if (!button) continue
    made.push(...beside(said.slice(from, match.index), button))
    from = match.index + match[0].length
  }
  return [...made, text(said.slice(from))]
}

/** A citation never begins a line: it stays with the word that it stands behind. */
function beside(before: string, button: HTMLElement): Node[] {
  const [, rest = '', last = ''] = /^(.*?)(\S*\s*)$/s.exec(before) ?? []
  if (!last.trim()) return [text(before), button]
  const kept = element('span', [text(last.replace(/\s+$/, '\u00a0')), button])
  kept.className = 'kept'
  return [text(rest), kept]
}

function list(token: Tokens.List, making: Making): HTMLElement {
  const made = element(token.ordered ? 'ol' : 'ul')
  if (token.ordered && typeof token.start === 'number' && token.start !== 1) made.setAttribute('start', String(token.start))
  for (const item of token.items) {
    const box = item.task ? [text(item.checked ? '☑ ' : '☐ ')] : []
    const inside = item.tokens.filter((inner) => inner.type !== 'checkbox')
    made.append(element('li', [...box, ...many(inside, making)]))
  }
  return made
}

function table(token: Tokens.Table, making: Making): HTMLElement {
  const row = (cells: Tokens.TableCell[], kind: 'th' | 'td') =>
    element('tr', cells.map((cell) => element(kind, many(cell.tokens, making))))
  const made = element('table', [element('thead', [row(token.header, 'th')])])
  made.append(element('tbody', token.rows.map((cells) => row(cells, 'td'))))
  const scrolls = element('div', [made])
  scrolls.className = 'scrolls'
  scrolls.tabIndex = 0
  return scrolls
}

function link(token: Tokens.Link | Tokens.Image, making: Making): Node {
  const said = token.type === 'image' ? [text(token.text || token.href)] : many(token.tokens, making)
  if (!WEB.test(token.href)) return element('span', said)
  const made = element('a', said) as HTMLAnchorElement
  made.href = token.href
  made.rel = 'noopener noreferrer nofollow'
  made.target = '_blank'
  return made
}

function element(name: string, inside: Node[] = []): HTMLElement {
  const made = document.createElement(name)
  made.append(...inside)
  return made
}

const text = (said: string): Text => document.createTextNode(said)

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: '\u00a0' }

/** Marked's tokens leave character references as they were typed. */
const unescaped = (said: string): string => said.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name: string) => ENTITIES[name] ?? '')
