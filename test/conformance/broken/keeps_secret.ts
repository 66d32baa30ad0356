/** @module Broken: it tells a secret in an outcome. */
import { broken, with_ } from '../broken.ts'

export default broken(
  'remembers',
  'it tells a secret in an outcome',
  /it holds a value of a card or a secret/,
  (good) => {
    let kept = ''
    const told = with_(good, 'refund', ({ parse }) => ({
      parse: (answer, intent) => {
        const outcome = parse(answer, intent)
        return outcome.kind === 'unrecognised'
          ? { ...outcome, reason: `no status ${kept}` }
          : outcome
      },
    }))
    return {
      ...told,
      sign: (_: unknown, { credentials }: { credentials: { secret: string } }) => {
        kept = credentials.secret
        return { 'x-signature': 'signed' }
      },
    }
  },
)
