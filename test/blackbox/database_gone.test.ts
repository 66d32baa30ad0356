/**
 * @module Commands on a libSQL server that is not there, is none, or stops answering at any of a command's calls: the operator reads
 * that it cannot be reached and what to type next, never that something of ours is broken.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createServer, type Server } from 'node:net'
import { run, stopAll } from '../support/binary.ts'
import { startFaultProxy, type Fault, type FaultProxy } from '../support/fault_proxy.ts'
import { install, type Installed } from '../support/installed.ts'
import { freePort } from '../support/ports.ts'
import { noSqld, startSqld, type Sqld } from '../support/sqld.ts'

setDefaultTimeout(120_000)

const LONG = process.env['PANGATE_TEST_LONG'] === '1'
const TIMEOUT_MS = 400

/** Each with what only its own calls have in them, beside those by which the database is opened. */
const COMMANDS: readonly (readonly [command: string, own: string])[] = [
  ['audit verify', 'from \\"audit\\"'],
  ['audit list', 'from \\"audit\\"'],
  ['audit export', 'from \\"audit\\"'],
  ['doctor', 'from \\"tenants\\"'],
  ['key list --tenant shop', 'from \\"api_keys\\"'],
  ['client list --tenant shop', 'from \\"clients\\"'],
  ['tenant list', 'from \\"tenants\\"'],
  ['tenant create other', 'insert into \\"tenants\\"'],
  ['key create --tenant shop --scope forward', 'insert into \\"api_keys\\"'],
  ['destination list --tenant shop', 'from \\"destinations\\"'],
  ['account list --tenant shop', 'from \\"accounts\\"'],
  ['data-key list', 'from \\"data_keys\\"'],
  ['data-key rotate --all --wait 0', 'from \\"data_keys\\"'],
  ['master-key split', 'insert into audit '],
]
/** Those that are led through a failure of each of their calls. */
const LED = LONG ? COMMANDS : COMMANDS.filter(([name]) => /^(?:audit verify|tenant c)/.test(name))

const SHORT = COMMANDS.filter(([name]) => /^(?:audit verify|doctor|tenant c)/.test(name))

const NEXT = /next: .*`pangate (?:doctor|audit list)`\s*$/m

const reason = noSqld()
if (reason !== null) console.log(`skipped: commands on a libSQL server that is gone: ${reason}`)
else console.log(`commands on a libSQL server that is gone: ${LED.length} led through every call`)

afterAll(() => stopAll())

interface Wrong {
  readonly status: number | null
  readonly text: string
}

async function said(
  command: string,
  dir: string,
  settings: Record<string, string>,
): Promise<Wrong> {
  const env = { ...settings, PANGATE_DATABASE_TIMEOUT_MS: String(TIMEOUT_MS) }
  const { status, stdout, stderr } = await run(command.split(' '), { dir, env })
  return { status, text: stdout + stderr }
}

describe('nothing of libSQL is there', () => {
  let dir: string
  const silent = createServer(() => undefined)
  const page = Bun.serve({
    ...{ hostname: '127.0.0.1', port: 0 },
    fetch: () => new Response('<html></html>', { headers: { 'content-type': 'text/html' } }),
  })
  beforeAll(async () => {
    ;({ dir } = await run(['init']))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    silent.close()
    await page.stop(true)
  })

  test.each([
    ['a closed port', freePort, /ECONNREFUSED/],
    ['a port that accepts and never answers', async () => portOf(silent), /no answer in time/],
    ['a server of pages', async () => page.port ?? 0, /no libSQL server answered/],
  ] as const)('%s', async (_, port, why) => {
    const url = `http://127.0.0.1:${await port()}`
    const places = [
      { PANGATE_DATABASE_URL: url },
      { PANGATE_DATABASE_URL: 'file:copy.db', PANGATE_DATABASE_SYNC_URL: url },
    ]
    for (const place of places) {
      for (const [command] of LONG ? COMMANDS : SHORT) {
        const { status, text } = await said(command, dir, place)
        expect(text, command).toMatch(/the libSQL server http:\S+ cannot be used/)
        expect(text, command).toMatch(why)
        expect(text, command).toMatch(NEXT)
        expect(text, command).not.toMatch(/fault/)
        expect(status, command).toBe(1)
      }
    }
  })
})

describe.skipIf(reason !== null)('it was there when the command began', () => {
  let sqld: Sqld
  let proxy: FaultProxy
  let shop: Installed
  let place: Record<string, string>

  beforeAll(async () => {
    sqld = await startSqld()
    proxy = await startFaultProxy(sqld.url)
    place = { PANGATE_DATABASE_URL: proxy.url }
    shop = await install(undefined, place)
  })
  afterAll(async () => {
    await proxy.stop()
    await sqld.stop()
  })

  function expectTold({ status, text }: Wrong, command: string): void {
    expect(text, command).toMatch(/the database cannot be reached|libSQL server \S+ cannot be used/)
    expect(text, command).toMatch(NEXT)
    expect(text, command).not.toMatch(/a fault/)
    expect(status, command).toBe(1)
  }

  test.each(COMMANDS)('%s: nothing comes to a call of its own', async (command, own) => {
    let met = 0
    proxy.fault = { kind: 'silent' }
    proxy.only = (body) => body.includes(own) && ++met > 0
    expectTold(await said(command, shop.dir, place), command)
    expect(met).toBeGreaterThan(0)
  })

  test.each(LED)('%s: every one of its calls fails once', async (command) => {
    const faults: readonly Fault[] = [{ kind: 'reset' }, { kind: 'page' }]
    for (const fault of LONG ? faults : faults.slice(0, 1)) {
      for (let failing = 1; ; failing++) {
        let call = 0
        proxy.fault = fault
        // From this one on: the server is gone.
        proxy.only = (body) => (LONG || !isOpening(body)) && ++call >= failing
        const told = await said(command, shop.dir, place)
        // The calls of the one before were enough for it, or it found that it had been done already.
        if (call < failing) break
        expectTold(told, `${command}, from call ${failing} on, ${fault.kind}`)
      }
    }
  })

  test('a change that may have been made is said to be in doubt', async () => {
    proxy.fault = { kind: 'lost', answer: 'silent' }
    proxy.only = (body) => body.includes('insert into \\"tenants\\"')
    const told = await said('tenant create doubtful', shop.dir, place)
    expectTold(told, 'tenant create')
    expect(told.text).toMatch(/whether the change was made is not known/)
    proxy.fault = { kind: 'none' }
    expect(await shop.command('audit', 'list')).toContain('tenant.create')
    expect(await shop.command('tenant', 'list')).toContain('doubtful')
  })
})

/** A call of the transaction that looks for changes of the tables: a server keeps its lock for seconds where it breaks off. */
function isOpening(body: string): boolean {
  return /"baton"|"store_sql"/.test(body)
}

function portOf(server: Server): number {
  const address = server.address()
  if (typeof address === 'object' && address !== null) return address.port
  throw new Error('it has no port')
}
