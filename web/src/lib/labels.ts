/** Which names of a drawing can stand without touching each other: the first ones have the first say. */

export interface Name {
  id: string
  x: number
  y: number
  letters: number
}

const LETTER = 7.2
const LINE = 18

/** Ids of the names that are shown; `unit` is how much of the drawing a pixel is. */
export function apart(names: Name[], unit: number): Set<string> {
  const taken: [left: number, right: number, y: number][] = []
  const shown = new Set<string>()
  for (const { id, x, y, letters } of names) {
    const half = (letters * LETTER * unit) / 2
    if (taken.some(([left, right, other]) => x + half > left && x - half < right && Math.abs(y - other) < LINE * unit)) continue
    taken.push([x - half, x + half, y])
    shown.add(id)
  }
  return shown
}
