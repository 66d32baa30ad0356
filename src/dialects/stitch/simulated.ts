/**
 * @module What a test client is answered by the value of `timeout`, without anything being sent: Stitch's sandbox.
 */
import type { End } from './answer.ts'

const REFUSED = '{"error":"Invalid parameter specified","code":"ERR-01"}'

/** https://docs.stitch.money, "Forward API Requests", sandbox testing. Any other value is a real forward. */
const BY_TIMEOUT: ReadonlyMap<number, End> = new Map<number, End>([
  [
    1.1,
    {
      response: {
        status: 400,
        headers: [['content-type', 'application/json']],
        body: Buffer.from(REFUSED),
      },
    },
  ],
  [2.1, { reason: 'timeout', sent: 'no' }],
])

/** The end that `timeout` asks for, or null. */
export function simulated(timeout: number | null | undefined): End | null {
  return BY_TIMEOUT.get(timeout ?? 0) ?? null
}
