/**
 * @module A test key with every scope stays within the test mode of its tenant.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { SCOPES } from '../../src/auth/scopes.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let shop: TestGateway
let headers: { authorization: string }

beforeAll(async () => {
  shop = await startGateway()
  headers = { authorization: `Bearer ${await shop.newKey(Object.keys(SCOPES), { test: true })}` }
})
afterAll(() => shop.close())

test.each(['/v1/keys', '/v1/clients'])(
  '%s: live ones are neither shown nor revoked',
  async (path) => {
    const live = await shop.call('POST', path, { scopes: ['forward'] })
    const id = live.textAt('id')
    const list = await shop.call('GET', path, undefined, headers)
    expect(list.text).not.toContain(id)
    expect((await shop.call('GET', `${path}/${id}`, undefined, headers)).status).toBe(404)
    expect((await shop.call('DELETE', `${path}/${id}`, undefined, headers)).status).toBe(404)
    expect((await shop.call('GET', `${path}/${id}`)).at('revoked_at')).toBeNull()
    const own = await shop.call('POST', path, { scopes: ['forward'] }, headers)
    expect(own.at('test')).toBe(true)
    expect(
      (await shop.call('DELETE', `${path}/${own.textAt('id')}`, undefined, headers)).status,
    ).toBe(204)
  },
)

test('destinations are read and not changed', async () => {
  const made = await shop.call('POST', '/v1/destinations', { host: 'api.example.com' })
  const refused = await shop.call('POST', '/v1/destinations', { host: 'evil.example' }, headers)
  expect(refused.at('error')).toMatchObject({ code: 'forbidden' })
  const path = `/v1/destinations/${made.textAt('id')}`
  expect((await shop.call('DELETE', path, undefined, headers)).status).toBe(403)
  expect((await shop.call('GET', path, undefined, headers)).status).toBe(200)
})
