/** Seconds, days and sizes as people read them. */

export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (n: number) => String(n).padStart(2, '0')
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

const DAY_MS = 86_400_000

/** “Today”, “Yesterday”, “Monday, 23 November”, with the year where it isn't this one's. */
export function day(iso: string, language: string, now = new Date()): string {
  const at = new Date(iso)
  const apart = Math.round((midnight(now) - midnight(at)) / DAY_MS)
  if (apart === 0 || apart === 1) {
    const said = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-apart, 'day')
    return said.charAt(0).toLocaleUpperCase(language) + said.slice(1)
  }
  const shape: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'long' }
  if (apart > 0 && apart < 7) shape.weekday = 'long'
  if (at.getFullYear() !== now.getFullYear()) shape.year = 'numeric'
  const said = new Intl.DateTimeFormat(language, shape).format(at)
  return said.charAt(0).toLocaleUpperCase(language) + said.slice(1)
}

export const time = (iso: string, language: string): string =>
  new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' }).format(new Date(iso))

export function size(bytes: number, language: string): string {
  const unit = bytes < 1e6 ? 'kilobyte' : bytes < 1e9 ? 'megabyte' : 'gigabyte'
  const value = bytes / { kilobyte: 1e3, megabyte: 1e6, gigabyte: 1e9 }[unit]
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(value)
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

/** Consecutive items of one day together, in their order. */
export function byDay<T extends { created_at: string }>(items: T[], language: string): { day: string; items: T[] }[] {
  const groups: { day: string; items: T[] }[] = []
  for (const item of items) {
    const said = day(item.created_at, language)
    const last = groups.at(-1)
    if (last?.day === said) last.items.push(item)
    else groups.push({ day: said, items: [item] })
  }
  return groups
}
