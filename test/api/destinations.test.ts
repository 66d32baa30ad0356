/**
 * @module The allow-list by the API: what may stand in it, once, for one tenant.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { as, startGateway, type TestGateway } from '../support/gateway.ts'

const PATH = '/v1/destinations'
let shop: TestGateway
beforeAll(async () => {
  shop = await startGateway({ clock: () => Date.parse('2027-03-01T12:00:00Z') })
})
afterAll(() => shop.close())

test('an entry is added, read, listed, removed', async () => {
  const made = await shop.call('POST', PATH, { host: 'API.Example.com.' })
  expect(made.status).toBe(201)
  expect(made.json).toEqual({
    id: expect.stringMatching(/^dst_/),
    host: 'api.example.com',
    port: 443,
    path_prefix: '/',
    methods: null,
    created_at: '2027-03-01T12:00:00Z',
  })
  const one = `${PATH}/${made.textAt('id')}`
  expect((await shop.call('GET', one)).text).toBe(made.text)
  expect((await shop.call('GET', PATH)).at('data')).toContainEqual(made.json)
  expect((await shop.call('DELETE', one)).status).toBe(204)
  expect((await shop.call('DELETE', one)).at('error', 'code')).toBe('not_found')
  expect((await shop.call('GET', one)).status).toBe(404)
  expect((await shop.call('GET', PATH)).text).not.toContain('api.example.com')
})

test('the same place twice is a conflict; another port, path or tenant is another place', async () => {
  const place = { host: 'psp.example', port: 8443, path_prefix: '/v1', methods: ['POST'] }
  expect((await shop.call('POST', PATH, place)).status).toBe(201)
  const again = await shop.call('POST', PATH, { ...place, host: 'PSP.example', methods: ['GET'] })
  expect(again.status).toBe(409)
  expect(again.at('error')).toMatchObject({ code: 'conflict', sent: 'no' })
  const key = as(await shop.newKey(['admin'], { tenant: await shop.newTenant('other') }))
  expect((await shop.call('POST', PATH, { ...place, port: 8444 })).status).toBe(201)
  expect((await shop.call('POST', PATH, { ...place, path_prefix: '/v2' })).status).toBe(201)
  expect((await shop.call('POST', PATH, place, key)).status).toBe(201)
})

test('an entry of one tenant is none of another', async () => {
  const made = await shop.call('POST', PATH, { host: 'mine.example' })
  const key = as(await shop.newKey(['admin', 'forward'], { tenant: await shop.newTenant('third') }))
  const one = `${PATH}/${made.textAt('id')}`
  expect((await shop.call('GET', one, undefined, key)).status).toBe(404)
  expect((await shop.call('DELETE', one, undefined, key)).status).toBe(404)
  expect((await shop.call('GET', PATH, undefined, key)).at('data')).toEqual([])
  const request = { url: 'https://mine.example/', body: {} }
  const forward = await shop.call('POST', '/v1/forward', { request, dry_run: true }, key)
  expect(forward.at('error', 'code')).toBe('destination_denied')
  expect((await shop.call('POST', '/v1/forward', { request, dry_run: true })).status).toBe(200)
})

test('an entry counts as soon as it is there, and no longer than it is', async () => {
  const request = { url: 'https://now.example/pay', body: {} }
  const run = async () =>
    (await shop.call('POST', '/v1/forward', { request, dry_run: true })).status
  expect(await run()).toBe(403)
  const made = await shop.call('POST', PATH, { host: 'now.example', path_prefix: '/pay' })
  expect(await run()).toBe(200)
  await shop.call('DELETE', `${PATH}/${made.textAt('id')}`)
  expect(await run()).toBe(403)
})

test.each(['[2001:db8::1]', '192.0.2.1', 'xn--mnchen-3ya.example', 'a-b_c.example', 'localhost'])(
  'the host %s is taken',
  async (host) => {
    expect((await shop.call('POST', PATH, { host })).at('host')).toBe(host)
  },
)

test.each([
  ['https://api.example.com', 'host'],
  ['api.example.com/v1', 'host'],
  ['api.example.com:443', 'host'],
  ['user@api.example.com', 'host'],
  ['api.example.com?x', 'host'],
  ['api.example.com#x', 'host'],
  ['*.example.com', 'host'],
  ['*', 'host'],
  ['a b', 'host'],
  ['a%2eb', 'host'],
  ['münchen.example', 'host'],
  ['127.1', 'host'],
  ['0x7f.0.0.1', 'host'],
  ['2001:db8::1', 'host'],
  ['.', 'host'],
  ['', 'host'],
  ['\u0000', 'host'],
])('the host %j is not', async (host, param) => {
  const answer = await shop.call('POST', PATH, { host })
  expect(answer.status).toBe(400)
  expect(answer.at('error')).toMatchObject({ code: 'invalid_request', param })
})

test.each([
  [{ path_prefix: 'v1' }, 'path_prefix'],
  [{ path_prefix: '/a/../b' }, 'path_prefix'],
  [{ path_prefix: '/a/%2e%2e/b' }, 'path_prefix'],
  [{ path_prefix: '/a%2fb' }, 'path_prefix'],
  [{ path_prefix: '/a?b' }, 'path_prefix'],
  [{ path_prefix: '/a b' }, 'path_prefix'],
  [{ port: 0 }, 'port'],
  [{ port: 65_536 }, 'port'],
  [{ port: '443' }, 'port'],
  [{ methods: [] }, 'methods'],
  [{ methods: ['post'] }, 'methods[0]'],
  [{ methods: ['TRACE'] }, 'methods[0]'],
])('%j is refused', async (more, param) => {
  const answer = await shop.call('POST', PATH, { host: 'a.example', ...more })
  expect(answer.at('error')).toMatchObject({ code: 'invalid_request', param })
})
