/**
 * @module Names of keys in Redis that say nothing of what they stand for.
 */
import { createHmac } from 'node:crypto'

/** All keys of ours begin with this, so that a user of Redis can be limited to them. */
const PREFIX = 'pangate:'

/**
 * A key for one purpose: HMAC-SHA-256 of the name under a key of the installation, so that whoever lists the keys sees neither
 * tenants nor sessions, and two installations in one Redis never meet.
 */
export function hiddenName(key: Buffer, purpose: 'session' | 'limit', name: string): string {
  const hidden = createHmac('sha256', key).update(`${purpose}:${name}`).digest('base64url')
  return `${PREFIX}${purpose}:${hidden}`
}
