/**
 * Audio that the server does not have yet: in IndexedDB, so that a killed tab loses a second and a lost network nothing.
 * An item goes only when the server has acknowledged it, or when its owner says so.
 */

export type State = 'recording' | 'ready' | 'refused'

export interface Item {
  id: string
  owner: string
  name: string
  type: string
  language: string
  createdAt: string
  durationS: number
  bytes: number
  chunks: number
  state: State
  /** When its tab last wrote to it; a recording that stands still was cut off. */
  touchedAt: number
  uploadUrl?: string
  error?: string
  code?: string
}

const NAME = 'ai-conspects'
const STILL_MS = 6_000
let opened: Promise<IDBDatabase> | null = null

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1)
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore('items', { keyPath: 'id' })
      asked.result.createObjectStore('chunks')
    }
    asked.onsuccess = () => {
      asked.result.onclose = () => (opened = null)
      asked.result.onversionchange = () => asked.result.close()
      resolve(asked.result)
    }
    asked.onerror = () => reject(asked.error ?? new Error('no IndexedDB'))
  })
  opened.catch(() => (opened = null))
  return opened
}

async function within<T>(mode: IDBTransactionMode, work: (at: IDBTransaction) => IDBRequest<T> | void): Promise<T> {
  const db = await database()
  return new Promise((resolve, reject) => {
    const at = db.transaction(['items', 'chunks'], mode, { durability: 'strict' })
    const asked = work(at)
    at.oncomplete = () => resolve(asked?.result as T)
    at.onabort = () => reject(at.error ?? new Error('aborted'))
  })
}

export const all = (): Promise<Item[]> => within('readonly', (at) => at.objectStore('items').getAll() as IDBRequest<Item[]>)

export const find = (id: string): Promise<Item | undefined> =>
  within('readonly', (at) => at.objectStore('items').get(id) as IDBRequest<Item | undefined>)

export const put = (item: Item): Promise<void> =>
  within('readwrite', (at) => void at.objectStore('items').put({ ...item }))

/** The item with one chunk more, in one transaction: what is counted is there. */
export const append = (item: Item, chunk: Blob | ArrayBuffer): Promise<void> =>
  within('readwrite', (at) => {
    at.objectStore('chunks').put(chunk, [item.id, item.chunks - 1])
    at.objectStore('items').put({ ...item })
  })

/** Everything of it that was kept, in order. */
export async function audio(item: Item): Promise<Blob> {
  const range = IDBKeyRange.bound([item.id, 0], [item.id, Infinity])
  const chunks = await within(
    'readonly',
    (at) => at.objectStore('chunks').getAll(range) as IDBRequest<(Blob | ArrayBuffer)[]>,
  )
  return new Blob(chunks, { type: item.type })
}

export const remove = (id: string): Promise<void> =>
  within('readwrite', (at) => {
    at.objectStore('chunks').delete(IDBKeyRange.bound([id, 0], [id, Infinity]))
    at.objectStore('items').delete(id)
  })

export const empty = (): Promise<void> =>
  within('readwrite', (at) => {
    at.objectStore('chunks').clear()
    at.objectStore('items').clear()
  })

/** Whether its tab is gone. */
export const isCutOff = (item: Item, now = Date.now()): boolean =>
  item.state === 'recording' && now - item.touchedAt > STILL_MS

export function newId(): string {
  const made = crypto.getRandomValues(new Uint8Array(12))
  return `web-${Array.from(made, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
