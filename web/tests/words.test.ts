import { describe, expect, it } from 'vitest'
import { en } from '../src/lib/en'
import { byDay, clock, day } from '../src/lib/format'
import { apart } from '../src/lib/labels'
import { ru } from '../src/lib/ru'

describe('the languages', () => {
  it('say the same things', () => expect(shape(ru)).toEqual(shape(en)))
  it('count as their speakers do', () => {
    expect([1, 2, 5, 21].map((n) => ru.found(n))).toEqual(['1 место найдено', '2 места найдено', '5 мест найдено', '21 место найдено'])
    expect([1, 2].map((n) => en.found(n))).toEqual(['1 place found', '2 places found'])
  })
})

describe('times', () => {
  it('read as clocks', () => expect([0, 59.9, 60, 3661].map(clock)).toEqual(['0:00', '0:59', '1:00', '1:01:01']))
  it('are days to people', () => {
    const now = new Date('2026-11-24T12:00:00')
    expect(day('2026-11-24T01:00:00', 'en', now)).toBe('Today')
    expect(day('2026-11-23T23:00:00', 'ru', now)).toBe('Вчера')
    expect(day('2025-01-02T00:00:00', 'en-GB', now)).toBe('2 January 2025')
  })
  it('group what is in order', () => {
    const items = ['2025-01-02T10:00:00', '2025-01-02T09:00:00', '2025-01-01T09:00:00'].map((created_at) => ({ created_at }))
    expect(byDay(items, 'en').map((group) => group.items.length)).toEqual([2, 1])
  })
})

function shape(words: object): unknown {
  return Object.fromEntries(
    Object.entries(words).map(([key, value]) => [key, typeof value === 'object' ? shape(value as object) : typeof value]),
  )
}

describe('names in a drawing', () => {
  const names = [
    { id: 'a', x: 0, y: 0, letters: 10 },
    { id: 'b', x: 30, y: 5, letters: 10 },
    { id: 'c', x: 200, y: 0, letters: 10 },
  ]
  it('stand where they touch no earlier one', () => expect([...apart(names, 1)]).toEqual(['a', 'c']))
  it('have all room when looked at closely', () => expect([...apart(names, 0.2)]).toEqual(['a', 'b', 'c']))
})
