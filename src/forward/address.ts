/**
 * @module Which addresses are on the public internet: nothing else is dialled unless the operator lists it.
 */
import { parseAddress } from '../address.ts'
import { contains, parseCidr, type Cidr } from '../cidr.ts'

/** Reason -> ranges. From IANA's special-purpose registries (RFC 6890 and what came after), and Smokescreen's list. */
const SPECIAL = {
  unspecified: ['0.0.0.0/8', '::/128'],
  loopback: ['127.0.0.0/8', '::1/128'],
  // RFC 1918, RFC 4193; site-local was abolished by RFC 3879 and is still routed by some.
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10'],
  // RFC 6598: between carriers and their customers; Alibaba's metadata service is in it.
  shared: ['100.64.0.0/10'],
  // Where AWS, Azure, Google and others have their metadata services.
  link_local: ['169.254.0.0/16', 'fe80::/10'],
  // Azure's host, at an address that looks public.
  cloud_host: ['168.63.129.16/32'],
  // RFC 6890, RFC 2928, RFC 9602 (segment routing), RFC 7526 (the old 6to4 relays); Oracle's metadata service is in the first.
  protocol: ['192.0.0.0/24', '192.88.99.0/24', '2001::/23', '5f00::/16'],
  documentation: [
    '192.0.2.0/24',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '233.252.0.0/24',
    '2001:db8::/32',
    '3fff::/20',
  ],
  benchmarking: ['198.18.0.0/15', '2001:2::/48'],
  multicast: ['224.0.0.0/4', 'ff00::/8'],
  broadcast: ['255.255.255.255/32'],
  reserved: ['240.0.0.0/4'],
  // RFC 6666, RFC 9780.
  discard: ['100::/64', '100:0:0:1::/64'],
  // IPv6 that carries an IPv4 address, which the network may dial: refused whatever it carries, as Smokescreen does.
  embedded_ipv4: [
    '::/96',
    '::ffff:0:0/96',
    '::ffff:0:0:0/96',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '2001::/32',
    '2002::/16',
  ],
} as const

/** Why an address is not dialled. `malformed`: no address in canonical form. */
export type Special = keyof typeof SPECIAL | 'malformed'

/** Longest prefix first, so that the most specific reason is given. */
const RANGES: readonly { readonly cidr: Cidr; readonly reason: keyof typeof SPECIAL }[] =
  // Object.keys of a literal gives its keys and no others.
  (Object.keys(SPECIAL) as (keyof typeof SPECIAL)[])
    .flatMap((reason) => SPECIAL[reason].map((text) => ({ cidr: range(text), reason })))
    .sort((a, b) => b.cidr.prefix - a.cidr.prefix)

function range(text: string): Cidr {
  const cidr = parseCidr(text)
  if (!cidr) throw new Error(`not a range: ${text}`)
  return cidr
}

/** `public`, or why the address is not. Takes the text that `dns.lookup` gives; other spellings are `malformed`. */
export function classifyAddress(address: string): 'public' | Special {
  const parsed = parseAddress(address)
  if (!parsed) return 'malformed'
  return RANGES.find(({ cidr }) => contains(cidr, parsed))?.reason ?? 'public'
}
