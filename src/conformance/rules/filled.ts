/** @module Every hole is filled in what is sent, and nothing that is no value is written in its place. */
import { complaint } from '../finding.ts'
import { eachRun, type Rule } from '../rule.ts'

/** What JavaScript writes where there is no value, as a whole value of its own. */
const ODD = /(?<![A-Za-z])(undefined|NaN)(?![A-Za-z])|\[object Object\]|%5Bobject/

export const filled: Rule = {
  name: 'filled',
  asks: 'every hole of a plan is filled in the request',
  check: (subject) =>
    eachRun(subject, ({ job, request }, { operation }) => {
      const fill = subject.fill(job)
      const empty = job.holes.flatMap((hole) => {
        const { source } = hole
        if (hole.optional || source.from === 'credential') return []
        if (fill(hole) !== null) return []
        const fix =
          source.from === 'derived'
            ? `write derive: { ${source.name}: ({ card, credentials, intent }) => '..' }`
            : source.from === 'session'
              ? 'write session: { plan, parse }'
              : 'use card, derived, session and credential of the kit'
        return [complaint(operation, `nothing fills ${hole.label}`, fix)]
      })
      const odd = ODD.exec(`${request.target}\n${request.body.toString('utf8')}`)
      if (!odd) return empty
      const fix = 'leave a field out by giving it undefined as its whole value'
      return [...empty, complaint(operation, `the request has the word ${odd[0]}`, fix)]
    }),
}
