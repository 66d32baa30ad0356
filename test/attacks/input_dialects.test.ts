/**
 * @module Good calls of every API, changed by its grammar: no crash, no hang, no 5xx without our error, and memory back to where it was.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { stopAll } from '../support/binary.ts'
import { install, type Installed } from '../support/installed.ts'
import { respond, startWire, type Wire } from '../support/wire.ts'
import { CALLS, callers, things, type Made, type Things } from './leaks_calls.ts'
import { watch, type Watched } from './leaks_world.ts'

setDefaultTimeout(600_000)

const SEED = Number(process.env['PANGATE_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const ROUNDS = process.env['PANGATE_TEST_LONG'] === '1' ? 20_000 : 2_000
console.log(`PANGATE_TEST_SEED=${SEED}, ${ROUNDS} calls`)

/** A request that takes longer hangs: the PSP answers at once. */
const PATIENCE_MS = 20_000
/** What the process may hold more, once it has rested, than after the first third. */
const GROWTH_BYTES = 48 * 2 ** 20

let wire: Wire
let installed: Installed
let watched: Watched
let all: Things
beforeAll(async () => {
  wire = await startWire()
  wire.reply = ({ socket, body }) => respond(socket, body)
  installed = await install(wire)
  watched = await watch(installed, { env: { PANGATE_LOG_LEVEL: 'info' } })
  all = await things(watched, await callers(installed), wire.url)
})
afterAll(async () => {
  await stopAll()
  await wire.stop()
})

/** Numbers from a seed (mulberry32), so that a run can be repeated. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What has a meaning in the grammar of some API, or ends one. */
const PIECES = [
  ...[
    '{{',
    '}}',
    '{{ ',
    ' }}',
    '{{{',
    '{%',
    '%}',
    '${',
    '}',
    '|',
    ':',
    "'",
    '"',
    '$',
    '$.',
    '$..',
    '[',
    ']',
    '[*]',
    '[?(@.a)]',
  ],
  ...[
    '{{ card.number }}',
    '{{ card.cvc | number }}',
    '{{ card.expiry | date: "MM/YY" }}',
    '{{ virtual_card.number }}',
  ],
  ...['${cardNumber}', '${cvv}', '${expirationMonth}', '{{card.number}}', '{{card.securityCode}}'],
  ...[
    "{{ tok_x | json: '$.number' }}",
    "{{ 'a' | append: 'b' | upcase }}",
    '{{ paymentMethod: a | type: "pan" | json: "$.number" }}',
  ],
  ...[
    "| json: '$.data'",
    '| slice: 0, 99999999',
    '| split: "" | first',
    '| pad_left: 9999, "x"',
    '| alias_card',
    '| hmac: "a"',
  ],
  ...[
    '&',
    '=',
    '%',
    '%zz',
    '%00',
    '+',
    ';',
    '<',
    '>',
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '<![CDATA[',
    ']]>',
    '&#x0;',
    '&amp;',
    '<?xml?>',
  ],
  ...[
    '\\',
    '\\u',
    '\\ud800',
    '\0',
    '\u0001',
    '\r\n',
    '\u2028',
    '\ufeff',
    '\ud800',
    '\u{1f600}',
    'ä',
    '__proto__',
    'constructor',
    'toString',
  ],
  ...[
    'null',
    'true',
    '-0',
    '1e999',
    '9007199254740993',
    '0.1',
    '[]',
    '{}',
    '""',
    ',',
    '//',
    '..',
    '/',
    '?',
    '#',
    '@',
    'https://',
    'localhost',
    '127.0.0.1',
  ],
] as const

interface Dice {
  readonly below: (most: number) => number
  readonly one: <T>(list: readonly T[]) => T
}

function dice(seed: number): Dice {
  const next = random(seed)
  const below = (most: number): number => Math.floor(next() * most)
  return {
    below,
    one: (list) => {
      const found = list[below(list.length)]
      if (found === undefined) throw new Error('an empty list')
      return found
    },
  }
}

/** A text with something put in, cut out, doubled, turned or grown. */
function changedText(text: string, { below, one }: Dice): string {
  const [at, to] = [below(text.length + 1), below(text.length + 1)].toSorted((a, b) => a - b)
  const [head, cut, tail] = [text.slice(0, at), text.slice(at, to), text.slice(to)]
  switch (below(8)) {
    case 0:
      return head + tail
    case 1:
      return head + cut + cut + tail
    case 2:
      return head + [...cut].reverse().join('') + tail
    case 3:
      return head + one(PIECES).repeat(1 + below(below(30) === 0 ? 3000 : 4)) + cut + tail
    case 4:
      return head + one(PIECES) + tail
    case 5:
      return head + one(PIECES) + cut + one(PIECES) + tail
    case 6:
      return text.replace(/\{\{|\}\}|\$\{|"/, one(PIECES))
    default:
      return head + String.fromCharCode(below(0x180)) + cut + tail
  }
}

/** A JSON value with one of its members changed, moved, doubled or buried. */
function changedValue(value: unknown, dice: Dice, depth = 0): unknown {
  const { below, one } = dice
  if (typeof value !== 'object' || value === null || (depth > 0 && below(4) === 0)) {
    return one<() => unknown>([
      () => changedText(String(value), dice),
      () => one(PIECES),
      () => one<unknown>([null, true, 0, -1, 1.5, 2 ** 53, [], {}, '', 'a'.repeat(9000)]),
      () => [value, value],
      () => ({ [one(PIECES)]: value }),
      () => buried(value, 1 + below(200)),
    ])()
  }
  const entries = Object.entries(value)
  if (entries.length === 0) return { [one(PIECES)]: one(PIECES) }
  const [name, child] = one(entries)
  const rest = entries.filter(([other]) => other !== name)
  const changed: readonly (readonly [string, unknown])[] = one<
    () => readonly (readonly [string, unknown])[]
  >([
    () => [...rest, [name, changedValue(child, dice, depth + 1)]],
    () => [...rest, [name, changedValue(child, dice, depth + 1)]],
    () => rest,
    () => [...entries, [one(PIECES), child]],
    () => [...rest, [changedText(name, dice), child]],
  ])()
  return Array.isArray(value) ? changed.map(([, item]) => item) : Object.fromEntries(changed)
}

function buried(value: unknown, depth: number): unknown {
  return depth === 0 ? value : [buried(value, depth - 1)]
}

function changedCall(call: Made, dice: Dice): Made {
  const { below, one } = dice
  const { body, headers, path } = call
  const names = Object.keys(headers).filter((name) => !/authorization|api-key/.test(name))
  if (body !== undefined && below(5) > 0) {
    const json = below(4) > 0 ? parsed(body) : undefined
    if (json === undefined) return { ...call, body: changedText(body, dice) }
    return { ...call, body: JSON.stringify(changedValue(json, dice)) ?? '' }
  }
  if (names.length > 0 && below(3) > 0) {
    const name = one(names)
    return {
      ...call,
      headers: { ...headers, [name]: inHeader(changedText(headers[name] ?? '', dice)) },
    }
  }
  return { ...call, path: `/${changedText(path.slice(1), dice)}` }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a client can send in one. */
const inHeader = (text: string): string =>
  text
    .replace(/[^\x20-\x7e\x80-\xff]/g, ' ')
    .slice(0, 4000)
    .trim()

/** Resident bytes of the server. */
function resident(): number {
  const status = readFileSync(`/proc/${watched.served.program.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
}

/** The least it comes to while nobody asks anything: the runtime gives memory back by and by. */
async function rested(): Promise<number> {
  let least = Infinity
  for (let tries = 0; tries < 20; tries++) {
    await watched.call('GET', '/healthz')
    await Bun.sleep(100)
    least = Math.min(least, resident())
  }
  return least
}

/** Statuses that say that it is not the caller's mistake; of PSPs' and places that are not there. */
const OUTSIDE = new Set([502, 503, 504])

test('H15 good calls of every API, changed by its grammar: an answer to each, never a fault of ours, memory where it was', async () => {
  const good: (readonly [string, Made])[] = []
  for (const [route, make] of Object.entries(CALLS)) {
    // Most of the grammar is in bodies.
    for (const call of await make(all)) {
      for (let at = 0; at < (call.body === undefined ? 1 : 4); at++) good.push([route, call])
    }
  }
  const dices = dice(SEED)
  const statuses = new Map<number, number>()
  let first = 0
  for (let round = 0; round < ROUNDS; round++) {
    if (round === Math.floor(ROUNDS / 3)) first = await rested()
    const [route, call] = dices.one(good)
    // Now and then twice: a mistake in a mistake.
    let made = changedCall(call, dices)
    if (dices.below(3) === 0) made = changedCall(made, dices)
    const told = `PANGATE_TEST_SEED=${SEED}, call ${round}, ${route}: ${made.method} ${made.path} ${made.body?.slice(0, 400) ?? ''}`
    const timeout = AbortSignal.timeout(PATIENCE_MS)
    let response: Response
    let text: string
    try {
      response = await fetch(watched.served.url + made.path, {
        method: made.method,
        headers: { ...made.headers },
        redirect: 'manual',
        signal: timeout,
        ...(made.body !== undefined && made.method !== 'GET' && { body: made.body }),
      })
      text = await response.text()
    } catch (error) {
      expect(timeout.aborted, `${told}: no answer: ${String(error)}`).toBe(false)
      // A target or a header that the runtime refuses to send, or to read: the next call shows that the server is there.
      continue
    }
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
    if (response.status < 500) continue
    expect(OUTSIDE.has(response.status), `${told}: ${response.status} ${text.slice(0, 400)}`).toBe(
      true,
    )
    const body: unknown = JSON.parse(text)
    expect(Object.keys(Object(body)).length, told).toBeGreaterThan(0)
  }
  const last = await rested()
  const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0)
  console.log(
    `H15: memory ${megabytes(first)} MB after a third, ${megabytes(last)} MB at the end`,
    Object.fromEntries(statuses),
  )
  expect(last - first).toBeLessThan(GROWTH_BYTES)
  expect((await watched.call('GET', '/healthz'))?.status).toBe(200)
  const faults = watched.served.program
    .stderr()
    .split('\n')
    .filter((line) => /"event":"(?:fault|forward\.fault|forward\.unrecorded)"/.test(line))
  expect(faults).toEqual([])
})
