/** @module Broken: it keeps a card and sends it with the next payment. */
import { broken, withFields } from '../broken.ts'

export default broken(
  'remembers',
  'it keeps a card and sends it with the next payment',
  /it holds a value of a card or a secret/,
  (good) => {
    let kept = 'none'
    const keeping = withFields(good, () => ({ note: kept }), 'refund')
    return {
      ...keeping,
      derive: {
        sealed: ({ card: { number } }: { card: { number: string } }) => {
          kept = number
          return 'sealed'
        },
      },
    }
  },
)
