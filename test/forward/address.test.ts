/**
 * @module Addresses that are public, and each kind that is not, at the edges of its range.
 */
import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { classifyAddress } from '../../src/forward/address.ts'

test.each([
  ['8.8.8.8', 'public'],
  ['1.1.1.1', 'public'],
  ['0.0.0.0', 'unspecified'],
  ['0.255.255.255', 'unspecified'],
  ['1.0.0.0', 'public'],
  ['9.255.255.255', 'public'],
  ['10.0.0.0', 'private'],
  ['10.255.255.255', 'private'],
  ['11.0.0.0', 'public'],
  ['100.63.255.255', 'public'],
  ['100.64.0.0', 'shared'],
  ['100.100.100.200', 'shared'],
  ['100.127.255.255', 'shared'],
  ['100.128.0.0', 'public'],
  ['126.255.255.255', 'public'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.255', 'loopback'],
  ['128.0.0.0', 'public'],
  ['168.63.129.16', 'cloud_host'],
  ['169.253.255.255', 'public'],
  ['169.254.169.254', 'link_local'],
  ['169.255.0.0', 'public'],
  ['172.15.255.255', 'public'],
  ['172.16.0.0', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.0', 'public'],
  ['192.0.0.192', 'protocol'],
  ['192.0.1.0', 'public'],
  ['192.0.2.1', 'documentation'],
  ['192.88.99.1', 'protocol'],
  ['192.167.255.255', 'public'],
  ['192.168.0.1', 'private'],
  ['192.169.0.0', 'public'],
  ['198.17.255.255', 'public'],
  ['198.18.0.0', 'benchmarking'],
  ['198.19.255.255', 'benchmarking'],
  ['198.20.0.0', 'public'],
  ['198.51.100.1', 'documentation'],
  ['203.0.113.1', 'documentation'],
  ['223.255.255.255', 'public'],
  ['224.0.0.1', 'multicast'],
  ['233.252.0.1', 'documentation'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.254', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['2001:4860:4860::8888', 'public'],
  ['2606:4700:4700::1111', 'public'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::2', 'embedded_ipv4'],
  ['::127.0.0.1', 'embedded_ipv4'],
  ['::ffff:127.0.0.1', 'embedded_ipv4'],
  ['::ffff:7f00:1', 'embedded_ipv4'],
  ['::ffff:8.8.8.8', 'embedded_ipv4'],
  ['::ffff:0:127.0.0.1', 'embedded_ipv4'],
  ['64:ff9b::7f00:1', 'embedded_ipv4'],
  ['64:ff9b::8.8.8.8', 'embedded_ipv4'],
  ['64:ff9b:1:ffff::1', 'embedded_ipv4'],
  ['64:ff9b:2::1', 'public'],
  ['2002:7f00:1::', 'embedded_ipv4'],
  ['2003::1', 'public'],
  ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'embedded_ipv4'],
  ['2001:1::1', 'protocol'],
  ['2001:2::1', 'benchmarking'],
  ['2001:20::1', 'protocol'],
  ['2001:200::1', 'public'],
  ['2001:db8::1', 'documentation'],
  ['2001:db9::1', 'public'],
  ['3fff::1', 'documentation'],
  ['3fff:1000::1', 'public'],
  ['5f00::1', 'protocol'],
  ['100::1', 'discard'],
  ['fc00::1', 'private'],
  ['fd00:ec2::254', 'private'],
  ['fe80::1', 'link_local'],
  ['fe80::1%eth0', 'link_local'],
  ['febf:ffff::1', 'link_local'],
  ['fec0::1', 'private'],
  ['ff02::1', 'multicast'],
])('%s is %s', (address, expected) => {
  expect(classifyAddress(address)).toBe(expected as ReturnType<typeof classifyAddress>)
})

test.each([
  '',
  'localhost',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.0.0.01',
  '127.0.0.1.',
  ' 127.0.0.1',
  '127.0.0.1\n',
  '8.8.8.8%eth0',
  '2001:4860:4860::8888%eth0',
  '[::1]',
  '::1::',
  'fe80::1%',
  '１２７.0.0.1',
])('%p is malformed', (address) => {
  expect(classifyAddress(address)).toBe('malformed')
})

describe('the shared corpus', () => {
  const file = join(import.meta.dir, '../../../shared/corpora/ssrf/addresses.tsv')
  const there = existsSync(file)
  if (!there) console.log('addresses.tsv: skipped, the folder shared/ is not beside the repository')
  const rows = (there ? readFileSync(file, 'utf8') : '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'))
  test.skipIf(!there)(`addresses.tsv: ${rows.length} addresses`, () => {
    expect(rows.length).toBeGreaterThan(30)
    for (const [address = '', verdict] of rows) {
      const allowed = classifyAddress(address) === 'public' ? 'allow' : 'deny'
      expect([address, allowed]).toEqual([address, verdict ?? ''])
    }
  })
})
