import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Item } from '../src/lib/outbox'

const sent = vi.hoisted(() => ({ calls: [] as { method: string; path: string; headers: Record<string, string> }[], answers: [] as Response[] }))
vi.mock('../src/lib/api', async () => {
  class ApiError extends Error {
    constructor(readonly status: number) {
      super(String(status))
    }
  }
  const send = async (method: string, path: string, call: { headers: Record<string, string> }) => {
    sent.calls.push({ method, path, headers: call.headers })
    const answer = sent.answers.shift()!
    if (!answer.ok) throw new ApiError(answer.status)
    return answer
  }
  return { ApiError, send }
})
vi.stubGlobal('window', { location: { origin: 'http://here' } })
const { metadata, upload } = await import('../src/lib/tus')

const item = { id: 'r1', name: 'лекция.m4a', language: 'ru', createdAt: '2026-01-01T00:00:00Z', durationS: 3 } as Item
const audio = new Blob([new Uint8Array(10)])
const at = (offset: number, status = 204, more = {}) =>
  new Response(null, { status, headers: { 'Upload-Offset': String(offset), ...more } })

const told = (of: Item, key: string) =>
  Buffer.from(new RegExp(`${key} ([^,]+)`).exec(metadata(of))?.[1] ?? '', 'base64').toString()

beforeEach(() => void Object.assign(sent, { calls: [], answers: [] }))

describe('an upload', () => {
  it('is made, then sent piece by piece from where the server counts', async () => {
    sent.answers = [at(0, 201, { Location: '/v1/uploads/u1' }), at(4), at(7), at(10)]
    const [kept, told]: [string[], number[]] = [[], []]
    await upload(item, audio, async (url) => void kept.push(url), (bytes) => told.push(bytes), 4)
    expect(kept).toEqual(['/uploads/u1'])
    expect(sent.calls.slice(1).map((one) => one.headers['Upload-Offset'])).toEqual(['0', '4', '7'])
    expect(told).toEqual([0, 4, 7, 10])
  })
  it('goes on at the offset that the server has kept', async () => {
    sent.answers = [at(6, 200), at(10)]
    await upload({ ...item, uploadUrl: '/uploads/u1' }, audio, async () => undefined, () => undefined, 4)
    expect(sent.calls.map((one) => [one.method, one.headers['Upload-Offset']])).toEqual([['HEAD', undefined], ['PATCH', '6']])
  })
  it('begins anew where the server no longer knows it', async () => {
    sent.answers = [at(0, 404), at(0, 201, { Location: 'http://here/v1/uploads/u2' }), at(10)]
    await upload({ ...item, uploadUrl: '/uploads/u1' }, audio, async () => undefined, () => undefined, 16)
    expect(sent.calls.map((one) => `${one.method} ${one.path}`)).toEqual(['HEAD /uploads/u1', 'POST /uploads', 'PATCH /uploads/u2'])
  })
  it('tells the name in UTF-8', () => {
    expect(told(item, 'filename')).toBe('лекция.m4a')
  })
  it('asks for the language to be recognised where none was chosen, for the server would take it for Russian', () => {
    expect(told(item, 'language')).toBe('ru')
    expect(told({ ...item, language: '' }, 'language')).toBe('auto')
  })
})
