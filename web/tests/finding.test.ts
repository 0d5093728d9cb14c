import { describe, expect, it } from 'vitest'
import { grown, placed, places, secondOf, segmentAt } from '../src/lib/finding'
import type { Segment } from '../src/lib/types'

const said = (start: number, text: string, words: [string, number][] = []): Segment => ({
  start,
  end: start + 2,
  text,
  flags: [],
  words: words.map(([word, at]) => ({ text: word, start: at, end: at + 0.5 })),
})

describe('words in a transcript', () => {
  it('are found whatever their case, ё as е, and each time', () => {
    const found = places([said(0, 'Ещё раз'), said(2, 'еще и ЕЩЁ')], 'еще')
    expect(found).toEqual([
      { segment: 0, start: 0, end: 3 },
      { segment: 1, start: 0, end: 3 },
      { segment: 1, start: 6, end: 9 },
    ])
  })
  it('are not found for nothing', () => expect(places([said(0, 'a b')], '  ')).toEqual([]))
  it('keep their places where lower case has another length', () => {
    expect(places([said(0, 'İstanbul found')], 'found')).toEqual([{ segment: 0, start: 9, end: 14 }])
  })
  it('stand in the text in their order, and one that is not there is left out', () => {
    const segment = said(0, 'to be or not to be', [['to', 0], ['be', 1], ['gone', 2], ['to', 3], ['be', 4]])
    expect(placed(segment).map((one) => [one.from, one.to])).toEqual([[0, 2], [3, 5], [13, 15], [16, 18]])
    expect(secondOf(segment, 14)).toBe(3)
    expect(secondOf(segment, 0)).toBe(0)
  })
  it('without times of their own have the segment’s', () => expect(secondOf(said(7, 'no words'), 4)).toBe(7))
})

describe('segments', () => {
  const three = [said(0, 'a'), said(2, 'b'), said(4, 'c')]
  it('are found by the second', () => {
    expect([-1, 0, 1.9, 2, 99].map((second) => segmentAt(three, second))).toEqual([-1, 0, 0, 1, 2])
  })
  it('grow: what is told takes the place of what stood there', () => {
    const told = [said(2, 'B'), said(4, 'C'), said(6, 'd')]
    expect(grown(three, 2, told).map((one) => one.text)).toEqual(['a', 'B', 'C', 'd'])
  })
})
