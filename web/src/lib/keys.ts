/** Keys of the whole page, by where they are on the board (`event.code`), so that a Russian layout has the same. */
import { router } from './router.svelte'
import { singleKeys } from './preferences.svelte'

const TYPING = 'input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]'
const SECOND_MS = 1_200

/** `help` opens the list of keys. Gives what takes the listener away. */
export function listen(help: () => void): () => void {
  let g = -Infinity // when the first of two keys was pressed
  const on = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || singleKeys.value === 'off') return
    if (event.target instanceof Element && event.target.closest(TYPING)) return
    if (document.querySelector('dialog[open]')) return
    const afterG = event.timeStamp - g < SECOND_MS
    g = -Infinity
    const acted = afterG ? second(event.code) : first(event, help)
    if (acted) event.preventDefault()
    else if (event.code === 'KeyG') g = event.timeStamp
  }
  addEventListener('keydown', on)
  return () => removeEventListener('keydown', on)
}

function second(code: string): boolean {
  const path = { KeyL: '/', KeyG: '/graph', KeyA: '/ask' }[code]
  if (path) router.go(path)
  return path !== undefined
}

function first(event: KeyboardEvent, help: () => void): boolean {
  if (event.code === 'Slash') {
    if (event.shiftKey) help()
    else search()
  } else if (event.code === 'KeyR') router.go('/record')
  else if (event.code === 'KeyJ') step(1)
  else if (event.code === 'KeyK') step(-1)
  else return false
  return true
}

function search(): void {
  if (router.place.screen !== 'library') router.go('/')
  const focus = () => document.querySelector<HTMLElement>('input[type=search]')?.focus()
  if (router.place.screen === 'library') focus() // at once, for somebody who types on
  requestAnimationFrame(focus)
}

/** To the next or previous of the things that a screen lists (`data-step`). */
function step(by: number): void {
  const all = [...document.querySelectorAll<HTMLElement>('[data-step]')]
  const here = all.findIndex((one) => one.contains(document.activeElement))
  all[Math.min(all.length - 1, Math.max(0, here + by))]?.focus()
}
