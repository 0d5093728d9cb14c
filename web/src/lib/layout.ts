/** Starts the worker that lays a graph out. Trusted types ask who made its address: this policy knows that one alone. */
import url from './layout.worker?worker&url'
import type { Asked, Placed } from './layout.worker'

interface Policy {
  createScriptURL(url: string): string
}
interface Factory {
  createPolicy(name: string, rules: Policy): Policy
}
const types = (globalThis as { trustedTypes?: Factory }).trustedTypes
const policy = types?.createPolicy('page-worker', { createScriptURL: () => url })

export function laidOut(asked: Asked, done: (places: Placed) => void): void {
  const worker = new Worker(policy?.createScriptURL(url) ?? url, { type: 'module' })
  worker.onmessage = ({ data }: MessageEvent<Placed>) => {
    done(data)
    worker.terminate()
  }
  worker.postMessage(asked)
}
