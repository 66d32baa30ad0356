/**
 * @module Keys and clients by the API: shown once, listed without their secrets, revoked, one tenant's apart from another's.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { SCOPES } from '../../src/auth/scopes.ts'
import { as, startGateway, type TestGateway } from '../support/gateway.ts'

const now = Date.parse('2027-03-01T12:00:00Z')
let shop: TestGateway
beforeAll(async () => {
  shop = await startGateway({ clock: () => now })
})
afterAll(() => shop.close())

const KINDS = [
  { path: '/v1/keys', field: 'key', prefix: 'pgk', id: /^key_/ },
  { path: '/v1/clients', field: 'secret', prefix: 'pgs', id: /^client_/ },
]

describe.each(KINDS)('$path', ({ path, field, prefix, id }) => {
  test('makes one and shows its secret once', async () => {
    const made = await shop.call('POST', path, { name: 'erp', scopes: ['forward', 'forward'] })
    expect(made.status).toBe(201)
    const secret = made.textAt(field)
    const shown = {
      id: expect.stringMatching(id),
      name: 'erp',
      scopes: ['forward'],
      test: false,
      rate: null,
      created_at: '2027-03-01T12:00:00Z',
      revoked_at: null,
    }
    expect(made.json).toEqual({
      ...shown,
      [field]: expect.stringMatching(new RegExp(`^${prefix}_live_[\\w-]{43}$`)),
    })
    const one = await shop.call('GET', `${path}/${made.textAt('id')}`)
    expect(one.json).toEqual(shown)
    const list = await shop.call('GET', path)
    expect(list.at('data')).toContainEqual(one.json)
    expect(one.text + list.text + shop.log()).not.toContain(secret.slice(9))
    expect(list.text).not.toContain('hash')
  })

  test('revokes once; what is revoked is still listed', async () => {
    const made = await shop.call('POST', path, { scopes: ['admin'] })
    const one = `${path}/${made.textAt('id')}`
    const answer = await shop.call('DELETE', one)
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect((await shop.call('GET', one)).at('revoked_at')).toBe('2027-03-01T12:00:00Z')
    expect((await shop.call('DELETE', one)).at('error', 'code')).toBe('not_found')
  })

  test('are not there for another tenant', async () => {
    const made = await shop.call('POST', path, { scopes: ['admin'] })
    const tenant = await shop.newTenant(`other ${path}`)
    const other = as(await shop.newKey(['admin'], { tenant }))
    const one = `${path}/${made.textAt('id')}`
    expect((await shop.call('GET', one, undefined, other)).status).toBe(404)
    expect((await shop.call('DELETE', one, undefined, other)).status).toBe(404)
    expect((await shop.call('GET', path, undefined, other)).text).not.toContain(made.textAt('id'))
    expect((await shop.call('GET', one)).at('revoked_at')).toBeNull()
  })

  test('made by a test key are for tests', async () => {
    const key = as(await shop.newKey(['admin'], { test: true }))
    const made = await shop.call('POST', path, { scopes: ['forward'] }, key)
    expect(made.at('test')).toBe(true)
    expect(made.textAt(field)).toStartWith(`${prefix}_test_`)
    const live = await shop.call('POST', path, { scopes: ['forward'], test: false }, key)
    expect(live.at('error')).toMatchObject({ code: 'forbidden', param: 'test' })
  })

  test.each([
    [{}, 'scopes'],
    [{ scopes: [] }, 'scopes'],
    [{ scopes: 'forward' }, 'scopes'],
    [{ scopes: ['everything'] }, 'scopes[0]'],
    [{ scopes: ['forward', null] }, 'scopes[1]'],
    [{ scopes: ['forward'], name: '' }, 'name'],
    [{ scopes: ['forward'], name: 'x'.repeat(256) }, 'name'],
    [{ scopes: ['forward'], tenant: 'other' }, 'tenant'],
  ])('refuses %j', async (body, param) => {
    const answer = await shop.call('POST', path, body)
    expect(answer.at('error')).toMatchObject({ code: 'invalid_request', param })
  })

  test('names the scopes there are when one is unknown', async () => {
    const answer = await shop.call('POST', path, { scopes: ['everything'] })
    for (const scope of Object.keys(SCOPES))
      expect(answer.textAt('error', 'message')).toContain(scope)
  })
})
