/**
 * @module Address ranges: what is a range, and what is in it.
 */
import { expect, test } from 'bun:test'
import { isIP } from 'node:net'
import fc from 'fast-check'
import { parseAddress } from '../src/address.ts'
import { contains, parseCidr } from '../src/cidr.ts'

/** Whether the text is a range that holds the address. */
function holds(range: string, address: string): boolean {
  const cidr = parseCidr(range)
  if (!cidr) throw new Error(`not a range: ${range}`)
  return contains(cidr, address)
}

test.each([
  ['10.0.0.0/8', '10.255.255.255', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['10.0.0.0/8', '9.255.255.255', false],
  ['172.16.0.0/12', '172.31.255.255', true],
  ['172.16.0.0/12', '172.32.0.0', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.3', '10.1.2.4', false],
  ['0.0.0.0/0', '8.8.8.8', true],
  ['0.0.0.0/0', '::1', false],
  ['::/0', '2001:db8::1', true],
  ['::/0', '10.0.0.1', false],
  ['fd00::/8', 'fdff::1', true],
  ['fd00::/8', 'fc00::1', false],
  ['fe80::/10', 'fe80::1%eth0', true],
  ['2001:db8:0:1::/64', '2001:db8:0:1:ffff::', true],
  ['2001:db8:0:1::/64', '2001:db8:0:2::', false],
  ['10.0.0.0/8', '::ffff:10.0.0.1', false],
  ['10.0.0.0/8', 'nonsense', false],
])('%s, %s: %p', (range, address, expected) => {
  expect(holds(range, address)).toBe(expected)
})

test.each([
  '10.0.0.1/8',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/08',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0.0/8',
  'fd00::1/8',
  'fd00::/129',
  'fe80::%eth0/10',
  '',
  '/8',
  'localhost',
])('%p is no range', (text) => {
  expect(parseCidr(text)).toBeNull()
})

test('addresses are read as the runtime reads them, or not at all', () => {
  const part = fc.oneof(
    fc.stringMatching(/^[0-9a-f]{0,5}$/),
    fc.constantFrom('', '0', '::', '1.2.3.4', '256', '01', 'ffff', 'g'),
  )
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc
      .tuple(fc.array(part, { maxLength: 9 }), fc.constantFrom(':', '.'))
      .map(([p, d]) => p.join(d)),
  )
  fc.assert(
    fc.property(text, (address) => {
      expect([address, parseAddress(address)?.family ?? 0]).toEqual([address, isIP(address)])
    }),
    { numRuns: 3000 },
  )
})

test('different spellings of an address are the same number', () => {
  const spellings = ['::ffff:127.0.0.1', '::FFFF:7f00:1', '0:0:0:0:0:ffff:7f00:0001']
  const [value, ...others] = spellings.map((text) => parseAddress(text)?.value)
  expect(value).toBe(0xffff7f000001n)
  for (const other of others) expect(other).toBe(0xffff7f000001n)
})
