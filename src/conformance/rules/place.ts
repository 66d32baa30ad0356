/** @module The request goes to a declared host, and nothing in an intent leads it to another path. */
import { GatewayError } from '../../errors.ts'
import { complaint, type Complaint } from '../finding.ts'
import { eachRun, type Rule } from '../rule.ts'
import type { Subject, Trial } from '../subject.ts'

/** What a caller could give as the reference of an earlier payment. */
const HOSTILE = [
  '../accounts',
  'a/../../b',
  'x/capture',
  'a?b=c',
  'a#b',
  '@other.example',
  'a%2Fb',
  'a b',
]

const CHECK =
  "let check refuse it: /^\\w{1,64}$/.test(reference) ? [] : ['reference: an id of the PSP'], or encode it: encodeURIComponent"

export const place: Rule = {
  name: 'place',
  asks: 'requests go to a declared host, whatever the caller gives',
  async check(subject) {
    const found = await eachRun(subject, ({ request: { origin, target } }, { operation }) => {
      const own = new URL(subject.base('sandbox'))
      const whole = URL.parse(origin + target)
      if (whole?.origin !== own.origin || !target.startsWith('/')) {
        const message = `the path ${target.slice(0, 40)} leads away from ${own.host}`
        return [complaint(operation, message, "begin every path with /, such as '/v1/payments'")]
      }
      // What the address means must be what was written: dot segments would be gone.
      if (whole.pathname + whole.search === target.replace(/\?$/, '')) {
        return []
      }
      return [complaint(operation, `${target} is read as ${whole.pathname}${whole.search}`, CHECK)]
    })
    return [...found, ...subject.working().flatMap((trial) => led(subject, trial))]
  },
}

/** Whether a hostile reference leads the request elsewhere. */
function led(subject: Subject, trial: Trial): readonly Complaint[] {
  const usual = segments(subject, trial)
  return HOSTILE.flatMap((reference): readonly Complaint[] => {
    try {
      const there = segments(subject, { ...trial, intent: { ...trial.intent, reference } })
      if (there === usual) return []
    } catch (error) {
      if (error instanceof GatewayError) return []
      throw error
    }
    return [complaint(trial.operation, 'a reference such as ../x leads to another path', CHECK)]
  })
}

/** Where a server would take the request: how many segments, and whether there is a query. */
function segments(subject: Subject, trial: Trial): string {
  const { origin, target } = subject.head(trial)
  const url = URL.parse(origin + target)
  if (!url) return 'none'
  // An encoded slash or dot counts as what many servers make of it.
  const path = url.pathname.replace(/%2f/gi, '/').replace(/%5c/gi, '/')
  const names = [...url.searchParams.keys()].join('&')
  return `${url.origin} ${path.split('/').length} ${names} ${url.hash === '' ? '' : '#'}`
}
