/**
 * @module IP addresses as numbers, from their canonical text alone.
 */

/** An address: 32 bits for IPv4, 128 for IPv6. */
export interface Address {
  readonly family: 4 | 6
  readonly value: bigint
}

/** Four decimal numbers without leading zeros: what others read as octal or hexadecimal is no address here. */
const OCTET = /^(?:0|[1-9][0-9]{0,2})$/

/**
 * The address, or null for anything else. A scope (`fe80::1%eth0`) is dropped from link-local addresses, and makes any
 * other no address.
 */
export function parseAddress(text: string): Address | null {
  if (!text.includes(':')) {
    const value = parseV4(text)
    return value === null ? null : { family: 4, value }
  }
  const [plain = '', scope, ...more] = text.split('%')
  const value = parseV6(plain)
  if (value === null || more.length > 0 || scope === '') return null
  if (scope !== undefined && value >> 118n !== 0xfe80n >> 6n) return null
  return { family: 6, value }
}

function parseV4(text: string): bigint | null {
  const octets = text.split('.')
  if (octets.length !== 4) return null
  let value = 0
  for (const octet of octets) {
    if (!OCTET.test(octet) || Number(octet) > 255) return null
    value = value * 256 + Number(octet)
  }
  return BigInt(value)
}

/** RFC 4291 section 2.2: eight groups, one `::` for two zero groups or more (RFC 5952) or one, the last two perhaps as IPv4. */
function parseV6(text: string): bigint | null {
  const sides = text.split('::')
  if (sides.length > 2) return null
  const [left = '', right] = sides
  const head = groups(left, right === undefined)
  const tail = right === undefined ? [] : groups(right, true)
  if (head === null || tail === null) return null
  const missing = 8 - head.length - tail.length
  if (right === undefined ? missing !== 0 : missing < 1) return null
  const all = [...head, ...Array.from({ length: missing }, () => 0), ...tail]
  return all.reduce((value, group) => (value << 16n) | BigInt(group), 0n)
}

/** The groups of one side of `::`; only the last of the whole address may be in IPv4 form. */
function groups(text: string, last: boolean): number[] | null {
  if (text === '') return []
  const out: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(part)) out.push(Number.parseInt(part, 16))
    else {
      const v4 = last && i === parts.length - 1 ? parseV4(part) : null
      if (v4 === null) return null
      out.push(Number(v4 >> 16n), Number(v4 & 0xffffn))
    }
  }
  return out
}
