/** @module Broken: it takes the body for an object. */
import { broken, with_ } from '../broken.ts'

export default broken(
  'unknown_answers',
  'it takes the body for an object',
  /makes parse fail/,
  (good) =>
    with_(good, 'purchase', ({ parse }) => ({
      parse: (answer, intent) => {
        if (typeof answer.json !== 'object' || answer.json === null)
          throw new TypeError('no object')
        return parse(answer, intent)
      },
    })),
)
