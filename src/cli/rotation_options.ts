/**
 * @module The option that both rotations have.
 */
import type { Option } from './command.ts'

/** Three times what a server goes at most without looking for new keys. */
export const WAIT_SECONDS = 15

export const WAIT: Option = {
  type: 'text',
  value: 'SECONDS',
  doc: `how long running servers are given to learn of the new key: ${WAIT_SECONDS}; more where a replica follows more slowly`,
}
