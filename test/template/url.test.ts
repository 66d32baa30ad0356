/** @module URLs and escapes of the request's head: placeholders cannot change where a request goes. */
import { describe, expect, test } from 'bun:test'
import { escapeValue } from '../../src/template/escape.ts'
import { nativeGrammar } from '../../src/template/native.ts'
import { ozuraGrammar } from '../../src/template/ozura.ts'
import { compileUrl } from '../../src/template/url.ts'
import { CARD, renderText, thrown } from './render.ts'

const native = nativeGrammar(['payer'])

function url(source: string, values = CARD): string {
  const { origin, path, query } = compileUrl(source, native, 'request.url')
  const search = query === undefined ? '' : `?${renderText(query, 'query', values)}`
  return origin + renderText(path, 'path', values) + search
}

describe('URLs', () => {
  test.each([
    ['https://api.psp.test/v1/charges', 'https://api.psp.test/v1/charges'],
    ['https://api.psp.test', 'https://api.psp.test/'],
    ['HTTPS://API.PSP.Test.:443/A?b=C', 'https://api.psp.test/A?b=C'],
    ['https://api.psp.test:8443?x=1', 'https://api.psp.test:8443/?x=1'],
    ['https://127.0.0.1:9/x', 'https://127.0.0.1:9/x'],
    ['https://[::1]:9/x', 'https://[::1]:9/x'],
    ['https://h.test/a%2Fb/é?q=%41&a[]=1&b', 'https://h.test/a%2Fb/%C3%A9?q=%41&a[]=1&b'],
    ['https://h.test/cards/{{ card.last4 }}', 'https://h.test/cards/4242'],
    ['https://h.test/%7B%7B%20card.last4%20%7D%7D/x', 'https://h.test/4242/x'],
    ['https://h.test/é/%C3%A9/%7B%7Bcard.last4%7D%7D', 'https://h.test/%C3%A9/%C3%A9/4242'],
    ['https://h.test/a-{{ card.last4 }}{{ card.cvc }}.json', 'https://h.test/a-4242737.json'],
    [
      'https://h.test/?n={{ card.number }}&c=%7B%7B+card.cvc+%7D%7D#'.slice(0, -1),
      'https://h.test/?n=4242424242424242&c=737',
    ],
    [
      "https://h.test/{{ card.expiry | replace: '/', '?' }}?x={{ card.expiry }}",
      'https://h.test/03%3F30?x=03%2F30',
    ],
    ["https://h.test/{{ '{{/' }}?q={{ '&' }}", 'https://h.test/%7B%7B%2F?q=%26'],
    ['https://h.test/hole0/{{ card.cvc }}/HOLE0', 'https://h.test/hole0/737/HOLE0'],
    ['https://h.test/a+b?c=d+{{ card.cvc }}+e', 'https://h.test/a+b?c=d+737+e'],
  ])('%s', (source, gives) => {
    expect(url(source)).toBe(gives)
  })

  test('without placeholders, path and query are strings', () => {
    expect(compileUrl('https://h.test/a?b=c', native, 'u')).toEqual({
      origin: 'https://h.test',
      path: '/a',
      query: 'b=c',
    })
    expect(compileUrl('https://h.test/a?', native, 'u').query).toBeUndefined()
  })

  test('values cannot leave their segment or their query value', () => {
    const values = { '.card.holder': 'a/../b?c&d=e#f%2f;é' }
    expect(url('https://h.test/x/{{ card.holder }}/y?q={{ card.holder }}', values)).toBe(
      'https://h.test/x/a%2F..%2Fb%3Fc%26d%3De%23f%252f%3B%C3%A9/y?q=a%2F..%2Fb%3Fc%26d%3De%23f%252f%3B%C3%A9',
    )
    for (const bad of ['.', '..', '', '\ud800']) {
      thrown('invalid_template', () =>
        url('https://h.test/x/{{ card.holder }}', { '.card.holder': bad }),
      )
    }
  })

  test.each([
    '{{ card.number }}://h.test/',
    'https://{{ card.number }}/',
    'https://{{ card.number }}.h.test/x',
    'https://h.test:{{ card.cvc }}/',
    'https://h.{{ card.cvc }}',
    'https://{{ card.cvc }}@h.test/',
    'https://user:{{ card.cvc }}@h.test/',
    '{{ card.number }}',
    'https:{{ card.number }}',
    'https://%7B%7B+card.number%7D%7D/',
    'https://h.test/?{{ card.number }}=1',
    'https://h.test/?a=1&{{ card.number }}',
    'https://h.test/?{{ card.number }}',
    'https://h.test/{{ card.nope }}',
    'https://h.test/{{',
  ])('refuses the placeholder in %s', (source) => {
    expect(thrown('invalid_template', () => url(source)).param).toBe('request.url')
  })

  test.each([
    '',
    'h.test',
    '//h.test/',
    'http://h.test/',
    'ftp://h.test/',
    'file:///etc/passwd',
    'data:,x',
    'https:/h.test',
    'https:h.test',
    'https:///h.test',
    'https://',
    'https://?',
    'https://.',
    'https://:443/',
    'https://user@h.test/',
    'https://user:pass@h.test/',
    'https://@h.test/',
    'https://h.test@evil.test/',
    'https://h.test\\@evil.test/',
    'https://h.test/\\..',
    'https://h.test/#x',
    'https://h.test#x',
    'https://h.test\t/x',
    'ht\ntps://h.test',
    'https://h.test/a\r\nX: y',
    'https://h.test/a b',
    ' https://h.test/',
    'https://h.test/\0',
    'https://h.test/\x7f',
    'https://h.test/\ud800',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://１２７.0.0.1/',
    'https://①②⑦.0.0.1/',
    'https://127。0。0。1/',
    'https://psp%2etest/',
    'https://bücher.test/',
    'https://h.test:99999/',
    'https://h.test:x/',
    'https://h_.te st/',
    'https://[::1/',
    'https://[0:0::1]/',
    'https://h..',
    'https://a b/',
    'https://h.test/a/../b',
    'https://h.test/./b',
    'https://h.test/..',
    'https://h.test/%2e%2e/b',
    'https://h.test/.%2E',
    'https://h.test/a/..%2fb',
    'https://h.test/a%2f..%2Fb',
    'https://h.test/a%5c..',
    'https://h.test/..?x',
    'https://h.test/%zz{{ card.cvc }}',
    'https://h.test/?a=%{{ card.cvc }}',
  ])('refuses %j', (source) => {
    const error = thrown('invalid_url', () => url(source))
    expect(error.param).toBe('request.url')
  })

  test("Ozura's placeholders", () => {
    const { path, query } = compileUrl(
      'https://h.test/c/${cardNumber}?m=%24%7BexpirationMonth%7D',
      ozuraGrammar,
      'proxy_url',
    )
    expect(`${renderText(path, 'path')}?${renderText(query ?? '', 'query')}`).toBe(
      '/c/4242424242424242?m=03',
    )
    thrown('invalid_template', () =>
      compileUrl('https://${cardNumber}/', ozuraGrammar, 'proxy_url'),
    )
  })
})

describe('escapeValue', () => {
  test.each(['a\rb', 'a\nb', 'a\0b', 'a\tb', 'a\x7fb', 'a\x1bb', 'aĀ', 'a😀', '\u2028'])(
    'a header refuses %j',
    (value) => {
      const error = thrown('invalid_template', () => escapeValue(value, 'header', 'headers.x'))
      expect(error.param).toBe('headers.x')
      expect(error.message).not.toContain(value)
    },
  )

  test('a header takes Latin-1', () => {
    expect(escapeValue('Zoë 4242 ~', 'header', 'h')).toBe('Zoë 4242 ~')
    expect(escapeValue(42, 'header', 'h')).toBe('42')
  })

  test('objects, bytes and null have a place in JSON alone', () => {
    for (const place of [
      'json-string',
      'form',
      'xml-text',
      'xml-attribute',
      'xml-cdata',
      'text',
      'path',
      'query',
      'header',
    ] as const) {
      for (const value of [{ a: 1 }, [1], null, Uint8Array.from([1])]) {
        thrown('invalid_template', () => escapeValue(value, place, 'x'))
      }
      expect(escapeValue(12, place, 'x')).toBe('12')
      expect(escapeValue(6304000000000000000n, place, 'x')).toBe('6304000000000000000')
      expect(escapeValue(true, place, 'x')).toBe('true')
    }
    expect(escapeValue({ a: [1, null] }, 'json-value', 'x')).toBe('{"a":[1,null]}')
    expect(escapeValue(null, 'json-value', 'x')).toBe('null')
    thrown('invalid_template', () => escapeValue(Number.NaN, 'json-value', 'x'))
  })
})
