/**
 * This browser's own device: its secret is made here and kept here, so nobody fills in a form. Tokens are shared by all
 * tabs; whoever finds them old refreshes them under a lock, for a refresh token that is spent twice ends its session.
 */
import { ApiError, attempt, problem } from './api'
import type { Tokens } from './types'

const DEVICE = 'ai-conspects.device'
const TOKENS = 'ai-conspects.tokens'
const SHOWN = 'ai-conspects.code-shown'
const LIFE = 2 / 3 // of a token's time: what is left is for players and sockets that hold the old one

interface Device {
  id: string
  secret: string
}
interface Held extends Tokens {
  until: number
}

/** `device:secret` as one word that can be copied, kept and typed into another browser. */
export const codeOf = (device: Device): string => `${device.id}.${device.secret}`

export function deviceOf(code: string): Device | null {
  const [, id, secret] = /^\s*([!-~]+)\.([\w-]{43,})\s*$/.exec(code) ?? []
  return id && secret ? { id, secret } : null
}

function random(bytes: number): string {
  const made = crypto.getRandomValues(new Uint8Array(bytes))
  return btoa(String.fromCharCode(...made)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

class Account {
  user = $state<string | null>(null)
  /** Why there is no account: `invitation_needed`, `registration_closed`, `unknown`, `offline`. */
  trouble = $state<string | null>(null)
  /** The code of this account, as long as its owner hasn't said that it is kept. */
  code = $state<string | null>(null)
  #renewing: Promise<string | null> | null = null
  #cookieFor = ''

  /** Log in, or register this browser on its first visit. */
  async open(invitation?: string): Promise<void> {
    this.trouble = null
    try {
      await this.token(invitation)
    } catch (error) {
      this.trouble = error instanceof ApiError ? (error.status === 0 ? 'offline' : error.code) : 'unknown'
    }
  }

  /** An access token that still holds for a while. */
  async token(invitation?: string): Promise<string | null> {
    const held = read<Held>(TOKENS)
    if (held && held.until > Date.now()) return this.#took(held)
    return this.fresh(held?.access_token, invitation)
  }

  /** A new access token, unless another tab has got one meanwhile. */
  fresh(old = read<Held>(TOKENS)?.access_token, invitation?: string): Promise<string | null> {
    this.#renewing ??= locked(async () => {
      const held = read<Held>(TOKENS)
      if (held && held.access_token !== old && held.until > Date.now()) return this.#took(held)
      return this.#took(await this.#renewed(held, invitation))
    }).finally(() => (this.#renewing = null))
    return this.#renewing
  }

  /** The same account as the browser that this code was made in. Throws `ApiError` where the code is not one. */
  async adopt(code: string): Promise<void> {
    const device = deviceOf(code)
    if (!device) throw new ApiError(422, 'not_a_code', 'not a code')
    const held = await login(device)
    localStorage.setItem(DEVICE, JSON.stringify(device))
    localStorage.setItem(SHOWN, 'yes')
    this.#took(held)
  }

  /** A new secret, and so a new code: the old one and every other session end. */
  async renewCode(): Promise<void> {
    const device = read<Device>(DEVICE)
    if (!device) return
    const secret = random(32)
    const body = { device_secret: device.secret, new_device_secret: secret }
    const answer = await attempt('POST', '/auth/rotate-secret', { body }, await this.token())
    if (!answer.ok) throw await problem(answer)
    localStorage.setItem(DEVICE, JSON.stringify({ id: device.id, secret }))
    localStorage.removeItem(SHOWN)
    this.#took(await kept(answer))
  }

  codeIsKept(): void {
    localStorage.setItem(SHOWN, 'yes')
    this.code = null
  }

  /** Forget everything about the account in this browser. */
  forget(): void {
    for (const key of [DEVICE, TOKENS, SHOWN]) localStorage.removeItem(key)
    this.user = null
    this.code = null
  }

  async #renewed(held: Held | null, invitation?: string): Promise<Held> {
    if (held) {
      const answer = await attempt('POST', '/auth/refresh', { body: { refresh_token: held.refresh_token } }, null)
      if (answer.ok) return kept(answer)
      if (answer.status !== 401) throw await problem(answer)
    }
    const known = read<Device>(DEVICE)
    if (known) {
      try {
        return await login(known)
      } catch (error) {
        const unfinished = !held && error instanceof ApiError && error.status === 401 && !this.user
        if (!unfinished) throw error // else its registration never reached the server
      }
    }
    return register(known ?? { id: `web-${random(12)}`, secret: random(32) }, invitation)
  }

  #took(held: Held): string {
    localStorage.setItem(TOKENS, JSON.stringify(held))
    this.user = held.user_id
    const device = read<Device>(DEVICE)
    this.code = device && localStorage.getItem(SHOWN) === null ? codeOf(device) : null
    if (this.#cookieFor !== held.access_token) {
      this.#cookieFor = held.access_token
      void attempt('PUT', '/users/me/cookie', {}, held.access_token).catch(() => (this.#cookieFor = ''))
    }
    return held.access_token
  }
}

async function register(device: Device, invitation?: string): Promise<Held> {
  localStorage.setItem(DEVICE, JSON.stringify(device)) // before it is sent: an answer that is lost does no harm
  const body = { device_id: device.id, device_secret: device.secret, ...(invitation ? { invitation } : {}) }
  const answer = await attempt('POST', '/auth/register', { body }, null)
  if (!answer.ok) throw await problem(answer)
  return kept(answer)
}

async function login(device: Device): Promise<Held> {
  const body = { device_id: device.id, device_secret: device.secret }
  const answer = await attempt('POST', '/auth/login', { body }, null)
  if (!answer.ok) throw await problem(answer)
  return kept(answer)
}

async function kept(answer: Response): Promise<Held> {
  const tokens = (await answer.json()) as Tokens
  const held = { ...tokens, until: Date.now() + tokens.expires_in * 1000 * LIFE }
  localStorage.setItem(TOKENS, JSON.stringify(held))
  return held
}

function read<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') as T | null
  } catch {
    return null
  }
}

/** One tab at a time, where the browser can do that (it can't over plain HTTP on a network). */
function locked<T>(work: () => Promise<T>): Promise<T> {
  return (navigator.locks?.request('ai-conspects.account', work) as Promise<T> | undefined) ?? work()
}

export const account = new Account()
