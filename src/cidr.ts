/**
 * @module Address ranges: `10.0.0.0/8`, `fd00::/8`.
 */
import { parseAddress, type Address } from './address.ts'

export interface Cidr {
  /** As it was written. */
  readonly text: string
  readonly family: 4 | 6
  /** How many leading bits must agree. */
  readonly prefix: number
  /** Those bits, as a number. */
  readonly network: bigint
}

/**
 * The range, or null for anything else. An address alone is a range of one. Bits set beyond the prefix (`10.0.0.1/8`)
 * are a mistake in what was meant, and refused.
 */
export function parseCidr(text: string): Cidr | null {
  const [base = '', length, ...more] = text.split('/')
  const address = base.includes('%') ? null : parseAddress(base)
  if (!address || more.length > 0) return null
  const bits = address.family === 4 ? 32 : 128
  if (length !== undefined && !/^(?:0|[1-9][0-9]{0,2})$/.test(length)) return null
  const prefix = length === undefined ? bits : Number(length)
  if (prefix > bits) return null
  const rest = BigInt(bits - prefix)
  const network = address.value >> rest
  if (network << rest !== address.value) return null
  return { text, family: address.family, prefix, network }
}

/** Whether the address is in the range. IPv4 written inside IPv6 (`::ffff:10.0.0.1`) is in no range of IPv4. */
export function contains(cidr: Cidr, address: string | Address): boolean {
  const parsed = typeof address === 'string' ? parseAddress(address) : address
  if (parsed?.family !== cidr.family) return false
  const bits = cidr.family === 4 ? 32 : 128
  return parsed.value >> BigInt(bits - cidr.prefix) === cidr.network
}
