/** A question, and its answer as it comes: text piece by piece, then the whole with its citations. */
import { createParser } from 'eventsource-parser'
import { ApiError, send } from './api'
import type { ChatResponse } from './types'

export async function ask(
  message: string,
  conversation: string | null,
  told: (text: string) => void,
  signal: AbortSignal,
): Promise<ChatResponse> {
  const body = { message, ...(conversation ? { conversation_id: conversation } : {}) }
  const answer = await send('POST', '/chat/query', { body, signal, headers: { Accept: 'text/event-stream' } })
  let whole: ChatResponse | null = null
  let failed: ApiError | null = null
  const parser = createParser({
    onEvent: ({ event, data }) => {
      const said = JSON.parse(data) as unknown
      if (event === 'delta') told((said as { text: string }).text)
      else if (event === 'done') whole = said as ChatResponse
      else if (event === 'error') {
        const { status, code, detail } = said as { status: number; code: string; detail: string }
        failed = new ApiError(status, code, detail)
      }
    },
  })
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    parser.feed(value)
  }
  if (failed) throw failed as ApiError
  if (!whole) throw new ApiError(0, 'broken_off', 'broken off')
  return whole
}
