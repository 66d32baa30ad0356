/** @module Whose address a request has, behind proxies that are trusted and those that are not. */
import { describe, expect, test } from 'bun:test'
import { parseCidr } from '../../src/cidr.ts'
import { addressKey, callerAddress, type ProxyRules } from '../../src/limits/address.ts'

const ranges = (...texts: readonly string[]) =>
  texts.map((text) => parseCidr(text) ?? expect.unreachable(text))

function seen(
  peer: string,
  header: string | null,
  rules: Partial<ProxyRules> = { trusted_proxies: ranges('10.0.0.0/8', 'fd00::/8') },
): string {
  const proxy_header = rules.proxy_header ?? 'x-forwarded-for'
  const headers = new Headers(header === null ? {} : { [proxy_header]: header })
  return callerAddress(peer, headers, { trusted_proxies: [], proxy_header, ...rules })
}

describe('the address of a caller', () => {
  test('is the connection where no proxy is trusted, whatever the header says', () => {
    expect(seen('203.0.113.9', '198.51.100.1', {})).toBe('203.0.113.9')
    expect(seen('10.0.0.1', '198.51.100.1', {})).toBe('10.0.0.1')
    expect(seen('::ffff:203.0.113.9', null, {})).toBe('203.0.113.9')
  })

  test('is the connection where that is no trusted proxy', () => {
    expect(seen('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9')
  })

  test.each([
    ['10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    // What the caller wrote itself stands to the left.
    ['10.0.0.1', '1.1.1.1, 10.9.9.9, 198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', '198.51.100.1, 10.0.0.2, 10.0.0.3', '198.51.100.1'],
    ['10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['10.0.0.1', '2001:db8::1', '2001:db8::1'],
    ['10.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['fd00::1', '::ffff:198.51.100.1', '198.51.100.1'],
    // Who says nothing or rubbish stands for all behind it.
    ['10.0.0.1', null, '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
    ['10.0.0.1', 'unknown', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1, rubbish', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1, 10.0.0.2, 0x7f.1', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.2, 10.0.0.3', '10.0.0.2'],
  ])('through %p saying %p is %p', (peer, header, address) => {
    expect(seen(peer, header)).toBe(address)
  })

  test.each([
    ['for=198.51.100.1;proto=https;by=10.0.0.1', '198.51.100.1'],
    ['for="[2001:db8::1]:4711"', '2001:db8::1'],
    ['for=1.1.1.1, For=198.51.100.1', '198.51.100.1'],
    ['for=_hidden', '10.0.0.1'],
    ['proto=https', '10.0.0.1'],
  ])('by Forwarded %p is %p', (header, address) => {
    const rules = { trusted_proxies: ranges('10.0.0.0/8'), proxy_header: 'forwarded' } as const
    expect(seen('10.0.0.1', header, rules)).toBe(address)
  })

  test('is found in a header of any length in no time', () => {
    const started = performance.now()
    expect(seen('10.0.0.1', '10.0.0.1,'.repeat(100_000))).toBe('10.0.0.1')
    // A look that grew with the square of it would take minutes.
    expect(performance.now() - started).toBeLessThan(4_000)
  })
})

test('counted as one: an IPv4 address, a network of 64 bits in IPv6, and all that is no address', () => {
  expect(addressKey('198.51.100.1')).toBe('198.51.100.1')
  expect(addressKey('2001:db8:1:2::1')).toBe(addressKey('2001:db8:1:2:ffff::9'))
  expect(addressKey('2001:db8:1:2::1')).not.toBe(addressKey('2001:db8:1:3::1'))
  expect(addressKey('')).toBe(addressKey('rubbish'))
})
