/**
 * @module One share of a master key as text that people can type: Shamir's scheme, with a checksum and the set it belongs to.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { combine, split } from 'shamir-secret-sharing'
import { masterKeyOf, type MasterKey } from '../vault/master_key.ts'

export interface Share {
  /** Names the set: shares of two sets do not go together. */
  readonly group: string
  /** From 1. */
  readonly index: number
  readonly threshold: number
  readonly count: number
  readonly bytes: Buffer
}

/** Format, group (4), threshold, count, index, share (33), checksum (4): 45 bytes, 72 letters. */
const FORMAT = 1
const HEAD = 8
const BYTES = 33
const SUM = 4
/** Crockford's alphabet: no letter that looks like another. https://www.crockford.com/base32.html */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const GROUP = 6
const PREFIX = 'PANGATE1'

/** The shares of a key as texts: any `threshold` of them make it, fewer tell nothing of it. */
export async function splitKey(
  { key }: MasterKey,
  count: number,
  threshold: number,
): Promise<readonly string[]> {
  const group = randomBytes(4)
  // The library takes no subclass of Uint8Array, which a Buffer is.
  const secret = new Uint8Array(key)
  const parts = await split(secret, count, threshold)
  secret.fill(0)
  return parts.map((part, at) => {
    const head = Buffer.from([FORMAT, ...group, threshold, count, at + 1])
    const body = Buffer.concat([head, part])
    return written(Buffer.concat([body, sumOf(body)]))
  })
}

/** A share of its text; dashes, spaces and case do not matter. Null for what is none, or is mistyped. */
export function parseShare(text: string): Share | null {
  const bytes = read(text)
  if (bytes?.length !== HEAD + BYTES + SUM || bytes[0] !== FORMAT) return null
  const body = bytes.subarray(0, -SUM)
  if (!timingSafeEqual(sumOf(body), bytes.subarray(-SUM))) return null
  const [threshold = 0, count = 0, index = 0] = body.subarray(5, HEAD)
  return {
    group: body.subarray(1, 5).toString('hex'),
    index,
    threshold,
    count,
    bytes: body.subarray(HEAD),
  }
}

/** The key that shares make; of wrong ones, a wrong key, or null where they are no shares at all. */
export async function combineShares(shares: readonly Share[]): Promise<MasterKey | null> {
  const parts = shares.map(({ bytes }) => new Uint8Array(bytes))
  try {
    return masterKeyOf(Buffer.from(await combine(parts)))
  } catch {
    return null
  } finally {
    for (const part of parts) part.fill(0)
  }
}

function sumOf(body: Buffer): Buffer {
  return createHash('sha256').update('pangate share').update(body).digest().subarray(0, SUM)
}

function written(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const letters = bits.replace(/.{5}/g, (five) => LETTERS[parseInt(five, 2)] ?? '')
  return [PREFIX, ...(letters.match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? [])].join('-')
}

function read(text: string): Buffer | null {
  const letters = text
    .toUpperCase()
    .replace(/[\s-]/g, '')
    .replace(PREFIX, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
  const values = [...letters].map((letter) => LETTERS.indexOf(letter))
  if (values.length !== ((HEAD + BYTES + SUM) * 8) / 5 || values.includes(-1)) return null
  const bits = values.map((value) => value.toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
}
