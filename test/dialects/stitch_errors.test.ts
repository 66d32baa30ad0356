/** @module Stitch's failures and errors: each code of ours is one or the other, and the body is as documented. */
import { describe, expect, test } from 'bun:test'
import { REASONS, errorBody, reasonOf } from '../../src/dialects/stitch/errors.ts'
import { ERRORS, GatewayError, type ErrorCode } from '../../src/errors.ts'

// Object.keys of a literal gives its keys and no others.
const CODES = Object.keys(ERRORS) as ErrorCode[]
const reason = (code: ErrorCode, late = false) => reasonOf(new GatewayError(code, 'x'), late)

describe('reasons', () => {
  test('what goes wrong on the way to the PSP has one, and each is given', () => {
    const given = Object.fromEntries(
      CODES.flatMap((code) => (reason(code) === null ? [] : [[code, reason(code)]])),
    )
    expect(given).toEqual({
      psp_timeout: 'timeout',
      psp_unreachable: 'connection_failed',
      psp_tls: 'tls_failed',
      address_denied: 'address_denied',
      psp_broken: 'connection_lost',
    })
    expect(Object.keys(REASONS).toSorted()).toEqual(Object.values(given).map(String).toSorted())
  })

  test('a connection that took all the time is a timeout', () => {
    expect(reason('psp_unreachable', true)).toBe('timeout')
    expect(reason('psp_tls', true)).toBe('tls_failed')
    expect(reason('token_unknown', true)).toBeNull()
  })
})

describe('error bodies', () => {
  test('name the status as HTTP does, whatever the code', async () => {
    for (const code of CODES) {
      if (reason(code) !== null) continue
      const answer = errorBody(new GatewayError(code, 'Words.', { param: 'a.b' }), 'req_1')
      const body: unknown = await answer.json()
      expect(body).toMatchObject({ statusCode: answer.status, code, message: 'Words.', sent: 'no' })
      expect(body, code).not.toMatchObject({ error: 'Error' })
    }
  })

  test('speak of scopes and fields under their names here', async () => {
    const forbidden = new GatewayError('forbidden', 'This call needs the scope forward.')
    expect(await errorBody(forbidden, 'req_1').json()).toMatchObject({
      statusCode: 403,
      error: 'Forbidden',
      message: 'This call needs the scope client_vault_proxy.',
      field: null,
      requestId: 'req_1',
    })
    const missing = new GatewayError('credential_missing', 'x', { param: 'cvc_session' })
    expect(await errorBody(missing, 'req_1').json()).toMatchObject({
      statusCode: 400,
      field: 'securityCode',
      hint: 'Send securityCode, or leave the selector out.',
    })
  })
})
