import { describe, expect, it } from 'vitest'
import { en } from '../src/lib/en'
import { byDay, clock, day } from '../src/lib/format'
import { ru } from '../src/lib/ru'

describe('the languages', () => {
  it('say the same things', () => expect(shape(ru)).toEqual(shape(en)))
  it('count as their speakers do', () => {
    expect([1, 2, 5, 21].map((n) => ru.notes(n))).toEqual(['1 заметка', '2 заметки', '5 заметок', '21 заметка'])
    expect([1, 2].map((n) => en.notes(n))).toEqual(['1 note', '2 notes'])
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
