/** @module Headers that the core sets or leaves out are not an adapter's. */
import { complaint } from '../finding.ts'
import { eachPlan, type Rule } from '../rule.ts'

/** Set by the connection, or dropped on the way out: writing one has no effect. */
const NOT_OURS =
  /^(host|content-length|connection|transfer-encoding|accept-encoding|expect|te|trailer|upgrade|via|forwarded|x-forwarded-.*|keep-alive|proxy-.*)$/i

export const headers: Rule = {
  name: 'headers',
  asks: 'no header is one that the connection sets, and none is there twice',
  check: (subject) =>
    eachPlan(subject, ({ plan }, { operation }) => {
      const names = Object.keys(plan.headers ?? {})
      const fix = 'take it out of headers: the core sets it, or leaves it out'
      const lower = names.map((name) => name.toLowerCase())
      return [
        ...names
          .filter((name) => NOT_OURS.test(name))
          .map((name) =>
            complaint(operation, `the header ${name} is not the adapter's to set`, fix),
          ),
        ...lower
          .filter((name, at) => lower.indexOf(name) !== at)
          .map((name) =>
            complaint(operation, `the header ${name} is there twice`, 'write names in lower case'),
          ),
      ]
    }),
}
