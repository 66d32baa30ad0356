/** @module Broken: it does not send what its recorded request has. */
import { broken } from '../broken.ts'
import { FILES } from '../good.ts'

const recorded = {
  operation: 'refund',
  intent: { reference: 'pay_1', amount: { minor: 5, currency: 'EUR' } },
  request: { method: 'POST', url: 'https://x', body: { amount: 6 } },
}

export default broken(
  'requests',
  'it does not send what its recorded request has',
  /url is .* and the file has/,
  (good) => good,
  [...FILES, { name: 'request.refund.json', text: JSON.stringify(recorded) }],
)
