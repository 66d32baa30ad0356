/** @module The canary search finds what is planted, in every spelling, and nothing else. */
import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { search } from './canary-search.ts'
import { type CanaryBrand, canaryCard, canaryCvc, checkDigit } from './support/canary.ts'
import { type Canary, CANARIES } from './support/run.ts'

const NUMBER = '4999981234567893'
const AMEX = '379998123456785'
const SECRET = 'canary5f0c7d1e9ab24437'
const LISTED: readonly Canary[] = [
  { kind: 'number', value: NUMBER, from: 'a.test.ts' },
  { kind: 'number', value: AMEX, from: 'a.test.ts' },
  { kind: 'secret', value: SECRET, from: 'a.test.ts' },
  { kind: 'cvc', value: '846', from: 'a.test.ts' },
]

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** A run's folder of its own, so that the planted values do not lie in the real one. */
function planted(name: string, content: string | Uint8Array): ReturnType<typeof search> {
  const folder = mkdtempSync(join(tmpdir(), 'pangate-planted-'))
  folders.push(folder)
  writeFileSync(join(folder, CANARIES), LISTED.map((entry) => JSON.stringify(entry)).join('\n'))
  mkdirSync(join(folder, 'deep/down'), { recursive: true })
  writeFileSync(join(folder, 'deep/down', name), content)
  return search(folder)
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const utf16 = (text: string) => Buffer.from(text, 'utf16le')

describe('finds', () => {
  const cases: Record<string, string | Uint8Array> = {
    'a number alone': NUMBER,
    'a number at the end of a line': `time=1 card ${NUMBER}\n`,
    'a number run into other digits': `12${NUMBER}34`,
    'a number grouped by spaces': 'got 4999 9812 3456 7893.',
    'a number grouped by dashes': '4999-9812-3456-7893',
    'an Amex number as it is printed': '3799 981234 56785',
    'a number in a query': '?n=4999+9812+3456+7893&x=1',
    'a number in UTF-16LE': utf16(`x${NUMBER}x`),
    'a number in UTF-16BE': utf16(`x${NUMBER}x`).swap16(),
    'base64 at offset 0': base64(NUMBER),
    'base64 of JSON, offset 1': base64(`{"card":1,"number":"${NUMBER}"}`),
    'base64 of JSON, offset 2': base64(`{"card":10,"number":"${NUMBER}"}`),
    'base64 of JSON, another offset': base64(`{"card":100,"number":"${NUMBER}"}`),
    'base64 of an Amex number': base64(`pan=${AMEX}`),
    'a number grouped in a URL': 'a=4999%209812%203456%207893',
    'a number between other separators': '4999_9812_3456_7893 4999.9812.3456.7893',
    'base64 of a grouped number': base64('x 4999 9812 3456 7893'),
    'base64url of UTF-16BE': utf16(`~~~?${NUMBER}`).swap16().toString('base64url'),
    'upper-case hexadecimal of UTF-16': utf16(`n:${NUMBER}`).toString('hex').toUpperCase(),
    'an Amex number in UTF-16, grouped': utf16('3799 981234 56785'),
    'base64 of UTF-16': utf16(`n:${NUMBER}`).toString('base64'),
    'the hexadecimal of its bytes': Buffer.from(`n:${NUMBER}`).toString('hex'),
    'binary coded decimal': Buffer.from(`00${NUMBER}00`, 'hex'),
    'an Amex number in binary coded decimal': Buffer.from(`${AMEX}F00`, 'hex'),
    'its pairs reversed': '9499892143658739',
    'its digits reversed': '3987654321899994',
    'percent-encoded': [...NUMBER].map((digit) => `%3${digit}`).join(''),
    'JSON escapes': [...NUMBER].map((digit) => `\\u003${digit}`).join(''),
    'XML entities': [...NUMBER].map((digit) => `&#${digit.charCodeAt(0)};`).join(''),
    'a hash without a key': createHash('sha256').update(NUMBER).digest('hex'),
    'raw bytes of a hash': createHash('sha1').update(NUMBER).digest(),
    'a credential': `authorization: Bearer ${SECRET}`,
    'a credential in Basic': base64(`user:${SECRET}`),
    'a credential in hexadecimal': Buffer.from(SECRET).toString('hex').toUpperCase(),
    'a code in JSON': '{"cvc":"846"}',
    'a code as a number': '{ "cvv2" : 846 }',
    'a code in JSON in JSON': String.raw`{"body":"{\"cvc\":\"846\"}"}`,
    'a code in a form': 'a=1&card[cvc]=846&b=2',
    'a code in an encoded form': 'card%5Bcvc%5D=846&b=2',
    'a code in XML': '<securityCode>846</securityCode>',
    'a code in words': 'the CVC 846 was sent',
    'a code in UTF-16': utf16('{"cvc":"846"}'),
    'a code in base64': base64('{"number":"","cvc":"846"}'),
  }
  for (const [what, content] of Object.entries(cases)) {
    test(what, () => {
      const { hits, files } = planted('x.log', content)
      expect(files).toBe(1)
      expect(hits.length).toBeGreaterThan(0)
      expect(hits[0]?.file).toBe('deep/down/x.log')
    })
  }

  test('a number in the name of a file', () => {
    expect(planted(`${NUMBER}.json`, 'x').hits[0]?.offset).toBe(-1)
  })

  test('a number that is only in the write-ahead log of a database', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pangate-planted-'))
    folders.push(folder)
    writeFileSync(join(folder, CANARIES), JSON.stringify(LISTED[0]))
    const database = new Database(join(folder, 'a.db'))
    database.run('pragma journal_mode = wal')
    database.run('create table cards (number text)')
    database.run('pragma wal_checkpoint(truncate)')
    database.run('insert into cards values (?)', [NUMBER])
    const { hits } = search(folder)
    database.close()
    expect(hits.map(({ file }) => file)).toEqual(['a.db-wal'])
  })
})

test('finds nothing where nothing is', () => {
  const noise = Buffer.alloc(300_000)
  let state = 1
  for (let at = 0; at < noise.length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    noise[at] = state >>> 16
  }
  expect(planted('noise', noise).hits).toEqual([])
  const near = `4999981234567894 ****7893 499998******7893 "amount":846 "cvc":"[cvc]" cvc: 8461 "last4":"7893"`
  expect(planted('near', near).hits).toEqual([])
})

describe('canaries', () => {
  const brands: Record<CanaryBrand, RegExp> = {
    visa: /^4\d{15}$/,
    mastercard: /^2720\d{12}$/,
    amex: /^37\d{13}$/,
    discover: /^65\d{14}$/,
    diners: /^38\d{12}$/,
    jcb: /^3589\d{12}$/,
    unionpay: /^62\d{17}$/,
    maestro: /^67\d{16}$/,
  }
  for (const brand of Object.keys(brands).filter((name): name is CanaryBrand => name in brands)) {
    test(`${brand} numbers pass the checks and differ`, () => {
      const [first, second] = [canaryCard(brand), canaryCard(brand)]
      expect(first).toMatch(brands[brand])
      expect(checkDigit(first.slice(0, -1))).toBe(first.slice(-1))
      expect(second).not.toBe(first)
    })
  }

  test('are the same in every run', () => {
    expect(canaryCard('visa', 'a name')).toBe('4999982527782928')
    expect(canaryCvc('amex', 'another name')).toMatch(/^\d{4}$/)
  })

  test('the check digit is that of published examples', () => {
    expect(checkDigit('424242424242424')).toBe('2')
    expect(checkDigit('37828224631000')).toBe('5')
  })
})
