/** @module Errors in Ozura's words, credentials told apart, request_data as a form. */
import { describe, expect, test } from 'bun:test'
import { errorBody, invalidValue, missingField } from '../../../src/dialects/ozura/answer.ts'
import { credentialOf } from '../../../src/dialects/ozura/credential.ts'
import { passedHeaders } from '../../../src/dialects/ozura/headers.ts'
import { requestData } from '../../../src/dialects/ozura/request_data.ts'
import { ERRORS, GatewayError, type ErrorCode } from '../../../src/errors.ts'
import { member, scan } from '../../../src/json.ts'
import { render } from '../../template/render.ts'

/** The code's error, as a client of Ozura sees it. */
async function seen(
  error: GatewayError,
): Promise<{ status: number; message: string; body: object }> {
  const response = errorBody(error, 'req_1')
  // errorBody writes an object with these.
  const body = (await response.json()) as { message: string; success: boolean; data: null }
  expect(body).toMatchObject({ success: false, data: null, code: error.code, request_id: 'req_1' })
  return { status: response.status, message: body.message, body }
}

describe('errors', () => {
  /** https://docs.ozura.com/api-reference/vault/common-errors and proxy-transaction */
  test.each([
    ['unauthenticated', 401, 'Invalid API key'],
    ['forbidden', 403, 'This API key does not have permission for this operation'],
    ['token_unknown', 404, 'Token not found'],
    ['token_expired', 404, 'Token not found'],
    ['cvc_session_unknown', 404, 'CVC session expired or not found'],
    ['invalid_url', 400, 'Invalid proxy URL'],
    ['rate_limited', 429, 'Rate limit exceeded'],
    ['psp_unreachable', 502, 'Failed to proxy request'],
    ['psp_tls', 502, 'Failed to proxy request'],
    ['psp_broken', 502, 'Failed to proxy request'],
    ['psp_timeout', 504, 'Request timeout'],
  ] as const)('%s is %d %s', async (code, status, message) => {
    const told = await seen(new GatewayError(code, 'Our words.', { sent: 'unknown' }))
    expect(told).toMatchObject({ status, message })
    expect(told.body).toMatchObject({ detail: 'Our words.', sent: 'unknown' })
  })

  test.each([
    [missingField('data.cardNumber'), 'Missing required field: data.cardNumber'],
    [invalidValue('type', 'The type is none.'), 'Invalid value for type'],
    [
      new GatewayError('invalid_card', 'Invalid card number', { param: 'x' }),
      'Invalid card number',
    ],
    [new GatewayError('invalid_card', 'Card has expired', { param: 'x' }), 'Card has expired'],
    [
      new GatewayError('credential_missing', 'No CVC.', { param: 'cvc_session' }),
      'Missing required field: cvc_session_id',
    ],
    [
      new GatewayError('invalid_request', 'The body must be an object.'),
      'The body must be an object.',
    ],
  ])('%#: %s', async (error, message) => {
    expect(await seen(error)).toMatchObject({ status: 400, message })
  })

  test('there is a status of its pages for every error of a forward', async () => {
    const published = [400, 401, 403, 404, 409, 429, 500, 502, 503, 504]
    // HTTP's own statuses, and errors of forwards by account, which Ozura does not have.
    const others: readonly ErrorCode[] = [
      'unsupported_media_type',
      'body_too_large',
      'body_too_slow',
      'method_not_allowed',
      'operation_unsupported',
      'idempotency_mismatch',
    ]
    // The keys of the table are its codes.
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      if (others.includes(code)) continue
      const { status } = await seen(new GatewayError(code, 'x'))
      expect(published, code).toContain(status)
    }
  })
})

describe('credentials', () => {
  const isOurs = (text: string) => text.startsWith('pgk_')
  const chosen = (headers: Record<string, string>) => {
    const found = credentialOf(new Headers(headers), isOurs)
    return found && [found.header, found.secret.reveal()]
  }
  test.each([
    [{ 'x-api-key': 'pgk_a' }, ['x-api-key', 'pgk_a']],
    [{ authorization: 'bearer pgk_b' }, ['authorization', 'pgk_b']],
    [{ 'x-api-key': 'pgk_a', authorization: 'Bearer pgk_b' }, ['x-api-key', 'pgk_a']],
    [{ 'x-api-key': 'of-the-psp', authorization: 'Bearer pgk_b' }, ['authorization', 'pgk_b']],
    [{ 'x-api-key': 'wrong', authorization: 'Basic YTpi' }, ['x-api-key', 'wrong']],
    [{ authorization: 'Basic YTpi' }, null],
    [{}, null],
  ])('%j', (headers, wanted) => {
    expect(chosen(headers)).toEqual(wanted)
  })

  test('none of ours is passed on, in whatever header it stands', () => {
    const headers = new Headers({
      'x-api-key': 'pgk_a',
      authorization: 'Bearer pgk_b',
      'x-copy': 'pgk_c',
      'x-shop': 'a',
      cookie: 'a=b',
    })
    expect(passedHeaders(headers, credentialOf(headers, isOurs), isOurs)).toEqual({ 'x-shop': 'a' })
  })

  test('what is not ours is passed on', () => {
    const headers = new Headers({ 'x-api-key': 'pgk_a', authorization: 'Bearer sk_test_1' })
    expect(passedHeaders(headers, credentialOf(headers, isOurs), isOurs)).toEqual({
      authorization: 'Bearer sk_test_1',
    })
  })
})

describe('request_data', () => {
  const written = (data: string, type: string) => {
    const text = `{"request_data": ${data} }`
    const node = member(scan(text), 'request_data')
    if (!node) throw new Error('no request_data')
    return render(requestData(text, node, type))
  }
  const FORM = 'application/x-www-form-urlencoded; charset=utf-8'
  test.each([
    ['{}', 'application/json', '{}'],
    ['[ 1.10 ]', 'application/json', '[ 1.10 ]'],
    ['"${cardNumber}"', 'application/json', '"4242424242424242"'],
    ['"a=${cardNumber}&b=1.0"', FORM, 'a=4242424242424242&b=1.0'],
    ['{"a b":"ü&=","n":1e2}', FORM, 'a+b=%C3%BC%26%3D&n=1e2'],
    ['{"l":[["x"],{"y":"${cvv}"}]}', FORM, 'l[0][0]=x&l[1][y]=737'],
    ['{"e":{},"l":[]}', FORM, ''],
    ['{"t":"${expirationMonth} / ${expirationYear}"}', FORM, 't=03+%2F+2030'],
    ['"<a>${cardNumber}</a>"', 'text/xml', '<a>4242424242424242</a>'],
    ['{"a":1}', 'text/plain', '{"a":1}'],
  ])('%s as %s', (data, type, wanted) => {
    expect(written(data, type)).toBe(wanted)
  })

  test.each([
    ['[1]', FORM],
    ['5', FORM],
    ['{}', 'application/xml'],
  ])('%s is no %s', (data, type) => {
    expect(() => written(data, type)).toThrow(GatewayError)
  })

  test('a placeholder in a name is refused', () => {
    expect(() => written('{"${cvv}":1}', FORM)).toThrow('cannot stand in')
  })
})
