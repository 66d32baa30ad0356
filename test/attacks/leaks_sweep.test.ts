/**
 * @module Cards, codes and credentials through every route, right and wrong, and a search for them in all that the server gives and writes.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startCollector, type Collector } from '../support/collector.ts'
import { install } from '../support/installed.ts'
import { startWire, respond, type Wire } from '../support/wire.ts'
import { CALLS, callers, things, type Things } from './leaks_calls.ts'
import { spoilt } from './leaks_spoilt.ts'
import { watch, type Watched } from './leaks_world.ts'
import { stopAll } from '../support/binary.ts'

let wire: Wire
let collector: Collector
let watched: Watched
let all: Things
beforeAll(async () => {
  wire = await startWire()
  collector = await startCollector()
  const installed = await install(wire)
  watched = await watch(installed, { collector })
  all = await things(watched, await callers(installed), wire.url)
}, 30_000)
afterAll(async () => {
  await stopAll()
  await wire.stop()
  await collector.stop()
})

const UNDESCRIBED = ['GET /openapi.json', 'GET /docs']

/** Shows all that it was sent, as some PSPs do. */
const echo: Wire['reply'] = ({ socket, line, head, body }) =>
  respond(socket, JSON.stringify({ line, head, body, id: 'p1' }))

test('L01 the sweep knows every route that is published', async () => {
  const { paths }: { readonly paths: Readonly<Record<string, object>> } = JSON.parse(
    (await watched.call('GET', '/openapi.json'))?.text ?? '',
  )
  const published = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  // The description does not describe itself.
  const described = Object.keys(CALLS).filter((route) => !UNDESCRIBED.includes(route))
  expect(described.toSorted()).toEqual(published.toSorted())
})

test('L01 L03 every route, right and wrong: no card, code or credential in answers, log, numbers, traces, files', async () => {
  wire.reply = echo
  let calls = 0
  for (const [route, make] of Object.entries(CALLS)) {
    const good = await make(all)
    for (const call of good) {
      await watched.call(call.method, call.path, call)
      calls++
      for (const bad of spoilt(call, route)) {
        await watched.call(bad.method, bad.path, bad)
        calls++
      }
    }
  }
  await watched.numbers()
  const running = await watched.look()
  await watched.served.program.stop()
  const { hits, ...counts } = await watched.look()
  console.log(`L01: ${calls} calls; searched`, counts, Object.fromEntries(watched.statuses))
  expect(running.hits).toEqual([])
  expect(hits).toEqual([])
}, 120_000)
