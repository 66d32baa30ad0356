/** @module Times come from the intent, so that what is signed and what is sent have the same. */
import { complaint } from '../finding.ts'
import { eachRun, type Rule } from '../rule.ts'

const DAY_MS = 86_400_000

export const clock: Rule = {
  name: 'clock',
  asks: 'times come from intent.now alone',
  check: (subject) =>
    eachRun(subject, ({ request }, { operation }) => {
      const headers = request.headers.map(([, value]) => value)
      const sent = [request.target, ...headers, request.body.toString('utf8')].join('\n')
      if (!timesIn(sent).some((time) => Math.abs(time - Date.now()) < DAY_MS)) return []
      const fix = 'use intent.now (seconds since 1970): new Date(intent.now * 1000).toISOString()'
      return [complaint(operation, 'the request has the time of a clock', fix)]
    }),
}

/** What may be times, in milliseconds since 1970: seconds, milliseconds, and dates with or without dashes. */
function timesIn(text: string): readonly number[] {
  const epochs = [...text.matchAll(/(?<!\d)(?:\d{10}|\d{13})(?!\d)/g)].map(([digits]) =>
    digits.length === 10 ? Number(digits) * 1000 : Number(digits),
  )
  const days = [...text.matchAll(/(?<!\d)(20\d\d)-?(\d\d)-?(\d\d)(?=$|\D|\d{6}(?!\d))/g)].map(
    ([, year, month, day]) => Date.UTC(Number(year), Number(month) - 1, Number(day)) + DAY_MS / 2,
  )
  return [...epochs, ...days]
}
