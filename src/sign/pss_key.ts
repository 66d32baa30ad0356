/**
 * @module RSA keys that name RSASSA-PSS as their only use: the same numbers under the plain RSA identifier. RFC 4055, 1.2; RFC 5958.
 *
 * BoringSSL, which Bun runs on, refuses the identifier that OpenSSL writes for such keys; RFC 9421's own test key has it.
 */

/** The object identifiers id-RSASSA-PSS, and rsaEncryption with its NULL. */
const PSS = Buffer.from('06092a864886f70d01010a', 'hex')
const PLAIN = Buffer.from('300d06092a864886f70d0101010500', 'hex')

/** The key under rsaEncryption where it is bound to PSS; any other DER as it is. */
export function asPlainRsa(der: Buffer): Buffer {
  const outer = element(der, 0)
  if (outer === null) return der
  // PKCS#8 begins with its version, an INTEGER; SPKI begins with the algorithm.
  const version = der[outer.start] === 0x02 ? element(der, outer.start) : null
  const before = version?.end ?? outer.start
  const algorithm = element(der, before)
  if (
    algorithm === null ||
    !der.subarray(algorithm.start, algorithm.end).subarray(0, 11).equals(PSS)
  ) {
    return der
  }
  const body = Buffer.concat([
    der.subarray(outer.start, before),
    PLAIN,
    der.subarray(algorithm.end, outer.end),
  ])
  return Buffer.concat([Buffer.from([0x30]), length(body.length), body])
}

/** Where the contents of the element at an offset start and end; null where it does not fit. */
function element(der: Buffer, at: number): { readonly start: number; readonly end: number } | null {
  const first = der[at + 1] ?? 0
  const octets = first < 0x80 ? 0 : first & 0x7f
  if (octets > 4 || at + 2 + octets > der.length) return null
  const size = octets === 0 ? first : der.readUIntBE(at + 2, octets)
  const start = at + 2 + octets
  return start + size <= der.length ? { start, end: start + size } : null
}

function length(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size])
  const hex = size.toString(16)
  const octets = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.from([0x80 | octets.length]), octets])
}
