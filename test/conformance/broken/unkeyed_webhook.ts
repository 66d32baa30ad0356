/** @module Broken: its check of notifications takes no secret. */
import { createHash } from 'node:crypto'
import { broken, file } from '../broken.ts'

export default broken(
  'notification',
  'its check of notifications takes no secret',
  /under another secret/,
  (good, { crypto }) => ({
    ...good,
    notification: {
      ...good.notification,
      verify: ({ text, headers }: { text: string; headers: Record<string, string> }) =>
        crypto.equal(headers['x-sum'] ?? '', crypto.hash('sha256', text)),
    },
  }),
  file('notification.paid.json', {
    text: '{"id":"pay_1","status":"paid"}',
    notice: undefined,
    headers: {
      'x-sum': createHash('sha256').update('{"id":"pay_1","status":"paid"}').digest('hex'),
    },
  }),
)
