/** One resumable upload by tus 1.0: what the server has counted stays, whatever breaks. */
import { ApiError, send } from './api'
import type { Item } from './outbox'

const TUS = { 'Tus-Resumable': '1.0.0' }
const PIECE = 4 * 2 ** 20

/** Send the rest of it, telling how many bytes are durable. Throws `ApiError`; calling again goes on. */
export async function upload(
  item: Item,
  audio: Blob,
  keepUrl: (url: string) => Promise<void>,
  told: (bytes: number) => void,
  piece = PIECE,
): Promise<void> {
  let { url, offset } = await place(item, audio, keepUrl)
  told(offset)
  while (offset < audio.size) {
    const answer = await send('PATCH', url, {
      raw: audio.slice(offset, offset + piece),
      headers: { ...TUS, 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' },
    })
    offset = offsetOf(answer)
    told(offset)
  }
}

async function place(item: Item, audio: Blob, keepUrl: (url: string) => Promise<void>): Promise<{ url: string; offset: number }> {
  if (item.uploadUrl) {
    try {
      return { url: item.uploadUrl, offset: offsetOf(await send('HEAD', item.uploadUrl, { headers: TUS })) }
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 404 && error.status !== 410)) throw error
    }
  }
  const answer = await send('POST', '/uploads', {
    headers: { ...TUS, 'Upload-Length': String(audio.size), 'Upload-Metadata': metadata(item) },
  })
  const location = new URL(answer.headers.get('Location') ?? '', window.location.origin)
  const url = location.pathname.replace(/^\/v1/, '')
  await keepUrl(url)
  return { url, offset: offsetOf(answer) }
}

function offsetOf(answer: Response): number {
  const offset = Number(answer.headers.get('Upload-Offset') ?? '0')
  if (!Number.isSafeInteger(offset) || offset < 0) throw new ApiError(502, 'bad_offset', 'bad offset')
  return offset
}

/** What the server is told of the recording; every value in base64 of its UTF-8. */
export function metadata(item: Item): string {
  const language = item.language || 'auto' // unsaid, the server takes it for Russian
  const said: Record<string, string> = { recording_id: item.id, filename: item.name, created_at: item.createdAt, language }
  if (item.durationS > 0) said['duration'] = item.durationS.toFixed(3)
  return Object.entries(said)
    .map(([key, value]) => `${key} ${btoa(String.fromCharCode(...new TextEncoder().encode(value)))}`)
    .join(',')
}
