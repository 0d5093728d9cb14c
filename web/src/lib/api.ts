/** Calls of the public API: the bearer's token, one refresh and one more try on 401, errors as `ApiError`. */
import { account } from './account.svelte'

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly retryAfter: number | null = null,
  ) {
    super(detail)
  }
  /** Whether the same call may succeed later: the network, a server that restarts, a limit. */
  get passes(): boolean {
    return this.status === 0 || this.status === 423 || this.status === 429 || this.status >= 500
  }
}

export interface Call {
  body?: unknown
  raw?: BodyInit
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
}

/** The answer itself, once it is a good one. Throws `ApiError`; a broken connection has status 0. */
export async function send(method: string, path: string, call: Call = {}): Promise<Response> {
  let answer = await attempt(method, path, call, await account.token())
  if (answer.status === 401) answer = await attempt(method, path, call, await account.fresh())
  if (!answer.ok && answer.status !== 304) throw await problem(answer)
  return answer
}

/** The JSON of the answer. */
export async function api<T>(method: string, path: string, call: Call = {}): Promise<T> {
  const answer = await send(method, path, call)
  return (answer.status === 204 ? undefined : await answer.json()) as T
}

export async function attempt(method: string, path: string, call: Call, token: string | null): Promise<Response> {
  const headers: Record<string, string> = { ...call.headers }
  if (token) headers['Authorization'] = `Bearer ${token}`
  if (call.body !== undefined) headers['Content-Type'] = 'application/json'
  const init: RequestInit = { method, headers, cache: 'no-store', credentials: 'same-origin' }
  if (call.signal) init.signal = call.signal
  if (call.raw !== undefined) init.body = call.raw
  else if (call.body !== undefined) init.body = JSON.stringify(call.body)
  try {
    return await fetch(`/v1${path}`, init)
  } catch (error) {
    if (call.signal?.aborted) throw error
    throw new ApiError(0, 'offline', 'offline')
  }
}

export async function problem(answer: Response): Promise<ApiError> {
  const said = (await answer.json().catch(() => ({}))) as { code?: string; detail?: string; errors?: { msg: string }[] }
  const detail = [said.detail, ...(said.errors ?? []).map((one) => one.msg)].filter(Boolean).join(' ')
  const later = Number(answer.headers.get('Retry-After'))
  return new ApiError(answer.status, said.code ?? 'unknown', detail || answer.statusText, later || null)
}
