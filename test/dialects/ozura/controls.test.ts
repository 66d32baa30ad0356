/** @module What a call says of itself, and that it is taken out of the form without another byte being touched. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { controlsOf } from '../../../src/dialects/ozura/controls.ts'
import { GatewayError } from '../../../src/errors.ts'

const NONE = new URLSearchParams()
const form = (body: string, headers: Record<string, string> = {}, query = '') =>
  controlsOf(new Headers(headers), new URLSearchParams(query), body, true)

function refused(run: () => unknown): GatewayError {
  try {
    run()
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('it was not refused')
}

describe('a form', () => {
  test('gives up its control fields, wherever they stand and however they are written', () => {
    expect(
      form('a=1&token=tok_a&b=%20&proxy%5Furl=https%3A%2F%2Fpsp.example%2F%3Fx%3D1&&c'),
    ).toEqual({
      token: 'tok_a',
      proxy_url: 'https://psp.example/?x=1',
      cvc_session_id: null,
      http_method: null,
      http_headers: {},
      body: 'a=1&b=%20&&c',
    })
  })

  test('of control fields alone leaves nothing', () => {
    expect(form('token=tok_a&proxy_url=https://psp.example/').body).toBe('')
  })

  test('keeps a field that a header or the query has said', () => {
    const said = form(
      'token=of-the-psp&cvc_session_id=b',
      { 'x-token': 'tok_a' },
      'cvc_session_id=a',
    )
    expect(said).toMatchObject({
      token: 'tok_a',
      cvc_session_id: 'a',
      body: 'token=of-the-psp&cvc_session_id=b',
    })
  })

  test('takes an empty field as nothing said, and does not send it', () => {
    expect(form('cvc_session_id=&a=1')).toMatchObject({ cvc_session_id: null, body: 'a=1' })
  })

  test('refuses a field that stands twice with different values', () => {
    expect(refused(() => form('token=a&token=b')).param).toBe('token')
    expect(form('token=a&token=a').token).toBe('a')
  })

  test('names headers as JSON or one by one', () => {
    const { http_headers, body } = form(
      'http_headers=%7B%22X-A%22%3A%221%22%7D&n=1&http_headers[X-B]=2+3&http_headers%5BX-C%5D=',
    )
    expect(http_headers).toEqual({ 'X-A': '1', 'X-B': '2 3', 'X-C': '' })
    expect(body).toBe('n=1')
  })

  test.each(['{', '[]', '"a"', '{"a":1}', 'null', '{"a":"b","a":"c"}', ''])(
    'refuses %j as headers',
    (text) => {
      const error = refused(() => form(`http_headers=${encodeURIComponent(text)}`))
      expect(error.param).toBe('http_headers')
    },
  )

  test('keeps fields with names that only begin alike', () => {
    const body = 'tokens=1&http_headersX=2&http_headers[a][b]=3&Token=4&token[]=5'
    expect(form(body)).toMatchObject({ token: null, http_headers: {}, body })
  })
})

describe('headers and query', () => {
  test('say the same together, and nothing different', () => {
    expect(form('', { 'x-token': 'a' }, 'token=a').token).toBe('a')
    expect(refused(() => form('', { 'x-token': 'a' }, 'token=b')).param).toBe('token')
    expect(refused(() => form('', {}, 'token=a&token=b')).param).toBe('token')
  })

  test('never take credentials in a URL', () => {
    expect(refused(() => form('', {}, 'http_headers=%7B%7D')).param).toBe('http_headers')
  })

  test('leave a body that is no form alone', () => {
    const body = 'token=tok_a&a=1'
    expect(controlsOf(new Headers(), NONE, body, false)).toMatchObject({ token: null, body })
  })
})

test('whatever else is in the form keeps its bytes and its order', () => {
  const other = fc
    .tuple(fc.stringMatching(/^[a-z%\[\]+.0-9]{0,8}$/), fc.stringMatching(/^[\w%+.=~é${}-]{0,12}$/))
    .map(([name, value]) => `x${name}=${value}`)
  const own = fc.constantFrom(
    'token=tok_a',
    'proxy_url=https%3A%2F%2Fpsp.example',
    'cvc_session_id=s',
    'http_method=PUT',
    'http_headers[X-A]=1',
    '%74oken=tok_a',
  )
  const pairs = fc.array(
    fc.oneof(
      other.map((text) => ({ text, own: false })),
      own.map((text) => ({ text, own: true })),
    ),
    { minLength: 1 },
  )
  fc.assert(
    fc.property(pairs, (all) => {
      const { body } = form(all.map(({ text }) => text).join('&'))
      expect(body).toBe(
        all
          .filter((pair) => !pair.own)
          .map(({ text }) => text)
          .join('&'),
      )
    }),
  )
})
