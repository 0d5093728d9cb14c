/** Words in a transcript: where they stand, and which word of a segment a second or a letter belongs to. */
import type { Segment, Word } from './types'

export interface Place {
  segment: number
  start: number
  end: number
}

/** Every place of `sought`, whatever its case; ё is е. */
export function places(segments: Segment[], sought: string): Place[] {
  const wanted = folded(sought.trim())
  const found: Place[] = []
  if (!wanted) return found
  segments.forEach((segment, at) => {
    const text = known.get(segment) ?? folded(segment.text)
    known.set(segment, text)
    for (let from = text.indexOf(wanted); from >= 0; from = text.indexOf(wanted, from + wanted.length))
      found.push({ segment: at, start: from, end: from + wanted.length })
  })
  return found
}

/** Hours of text are folded once, not with each letter that is typed. */
const known = new WeakMap<Segment, string>()

/** One letter for each letter, so that places in the folded text are places in the text. */
function folded(text: string): string {
  const small = text.toLowerCase()
  const same = small.length === text.length ? small : Array.from({ length: text.length }, (_, at) => letter(text.charAt(at))).join('')
  return same.replaceAll('ё', 'е')
}

function letter(one: string): string {
  const small = one.toLowerCase()
  return small.length === 1 ? small : one
}

export interface Placed extends Word {
  from: number
  to: number
}

/** The segment's words with their places in its text; a word that isn't found there is left out. */
export function placed(segment: Segment): Placed[] {
  let from = 0
  return (segment.words ?? []).flatMap((word) => {
    const text = word.text.trim()
    const at = segment.text.indexOf(text, from)
    if (at < 0 || !text) return []
    from = at + text.length
    return [{ ...word, from: at, to: from }]
  })
}

/** The second at which the letter was said: of its word, else of the segment. */
export function secondOf(segment: Segment, letter: number): number | null {
  const word = placed(segment).findLast((one) => one.from <= letter)
  return word?.start ?? segment.start
}

/** The last segment that has begun at that second, -1 for none. Segments stand in their order. */
export function segmentAt(segments: Segment[], second: number): number {
  let [low, high] = [0, segments.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    if ((segments[middle]?.start ?? 0) <= second) low = middle + 1
    else high = middle - 1
  }
  return high
}

/** A transcript that grows: what is told from second `from` on takes the place of what was there. */
export function grown(segments: Segment[], from: number, told: Segment[]): Segment[] {
  return [...segments.filter((one) => (one.end ?? 0) <= from + 0.01 || (one.start ?? 0) < from), ...told]
}
