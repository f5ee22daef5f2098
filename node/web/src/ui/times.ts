// Times as the reader's clock tells them; the exact time stays in the title.

import { all } from './dom.ts'

const STEPS: [limit: number, unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  [60, 'second', 1],
  [3600, 'minute', 60],
  [86_400, 'hour', 3600],
  [604_800, 'day', 86_400],
]

export function localTimes(): void {
  for (const time of all<HTMLTimeElement>('time[datetime]')) {
    const at = new Date(time.dateTime)
    if (Number.isNaN(at.getTime())) continue
    time.textContent = tell(at, new Date())
    time.title = at.toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'medium' })
  }
}

function tell(at: Date, now: Date): string {
  const ago = Math.round((now.getTime() - at.getTime()) / 1000)
  if (Math.abs(ago) < 10) return 'now'
  for (const [limit, unit, seconds] of STEPS) {
    if (Math.abs(ago) < limit) return relative.format(-Math.round(ago / seconds), unit)
  }
  return at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })
