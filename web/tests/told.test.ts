import { describe, expect, it, vi } from 'vitest'

vi.stubGlobal('location', { href: 'http://here/' })
vi.stubGlobal('localStorage', { getItem: () => null })
vi.mock('../src/lib/api', () => ({ ApiError: class extends Error {} }))
vi.mock('../src/lib/i18n.svelte', () => ({ tongue: { served: null }, w: {} }))
const { translated } = await import('../src/lib/told')

const sentences = { 'None is here.': 'Ничего нет.', 'Only {} of {} s.': 'Только {} из {} с.', 'It failed: ': 'Не вышло: ' }

describe('what the server says', () => {
  it('is translated sentence by sentence, with what stands in them', () =>
    expect(translated('Only 3.0 of 9.5 s. None is here.', sentences)).toBe('Только 3.0 из 9.5 с. Ничего нет.'))
  it('stays as it is where it isn’t known', () => expect(translated('Something $& new.', sentences)).toBe('Something $& new.'))
  it('keeps what follows', () => expect(translated('It failed: (a+)+$', sentences)).toBe('Не вышло: (a+)+$'))
})
