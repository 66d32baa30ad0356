/**
 * @module The folder of external adapters: what is loaded, what is refused and why, and how it changes while requests go on.
 */
import { afterEach, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openFolder, type AdapterFolder, type FolderOptions } from '../../src/external/folder.ts'
import { openRegistry } from '../../src/registry.ts'
import type { Fields, Log } from '../../src/telemetry/log.ts'
import { freshFolder } from '../support/run.ts'
import { adapterText } from './support.ts'

interface Event extends Fields {
  readonly event: string
}

const opened: AdapterFolder[] = []
afterEach(() => {
  for (const folder of opened.splice(0)) folder.close()
})

/** A log whose events can be waited for. */
function watchedLog() {
  const events: Event[] = []
  const waiting = new Set<() => void>()
  const note = (event: string, fields: Fields = {}): void => {
    events.push({ event, ...fields })
    for (const look of waiting) look()
  }
  const log: Log = { debug: note, info: note, warn: note, error: note }
  const until = (event: string, count = 1): Promise<Event> =>
    new Promise((found) => {
      const look = () => {
        const all = events.filter((one) => one.event === event)
        const last = all[count - 1]
        if (last) found(last)
      }
      waiting.add(look)
      look()
    })
  return { log, events, until }
}

async function open(files: Readonly<Record<string, string>>, options: Partial<FolderOptions> = {}) {
  const dir = options.dir ?? freshFolder('adapters')
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text)
  for (const [name, text] of Object.entries(files)) write(name, text)
  const watched = watchedLog()
  const folder = await openFolder({
    dir,
    pins: {},
    trusted: [],
    replace: [],
    builtIn: new Set(['stripe']),
    log: watched.log,
    watch: false,
    ...options,
  })
  opened.push(folder)
  const wordOf = (id: string) => {
    const intent = { operation: 'purchase', idempotency_key: 'k', now: 1, mode: 'live' } as const
    const plan = folder.adapters
      .get(id)
      ?.operations.purchase?.build({ ...intent, options: {}, extra: {} })
    return plan?.body && 'fields' in plan.body ? plan.body.fields['word'] : null
  }
  return { dir, write, folder, wordOf, ...watched }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('at start', () => {
  test('files with the name of an adapter are loaded, others are left alone', async () => {
    const { folder, events } = await open({
      'acme.ts': adapterText('acme'),
      'plain.js': adapterText('plain')
        .replace(/^import type.*$/m, '')
        .replace(': Kit', ''),
      'acme.test.ts': 'throw new Error()',
      'pangate.d.ts': 'declare const x: number',
      'package.json': '{}',
      '.hidden.ts': 'throw new Error()',
      'README.md': '# no',
    })
    expect([...folder.adapters.keys()]).toEqual(['acme', 'plain'])
    expect(events.map(({ event }) => event)).toEqual(['adapter.loaded', 'adapter.loaded'])
    expect(events[0]).toMatchObject({
      adapter: 'acme',
      file: 'acme.ts',
      sha256: sha256(adapterText('acme')),
    })
  })
  test('a folder that is not there stops the start', async () => {
    expect(open({}, { dir: join(freshFolder('none'), 'gone') })).rejects.toThrow(
      /the folder of adapters .*gone, .* cannot be read/,
    )
  })
  test.each([
    ['a slip in the syntax', 'const a = 1\nconst b = ;\n', 2, /Unexpected ;/],
    [
      'an import',
      `\n\nimport { x } from './x.ts'\nexport default () => x\n`,
      3,
      /imports \.\/x\.ts: only `import type`/,
    ],
    ['an export from elsewhere', `export * from './x.ts'\n`, 1, /imports \.\/x\.ts/],
    [
      'a dynamic import',
      `export default async () => {\n  await import('node:fs')\n}\n`,
      2,
      /imports node:fs/,
    ],
    ['a decorator', '@x class A {}\nexport default A\n', 1, /decorators or `using`/],
    ['no default export', 'export const a = 1\n', 1, /has no function as default export/],
    [
      'something else as default export',
      'export default 5\n',
      1,
      /has no function as default export/,
    ],
    [
      'await at the top',
      `type A = 1\n\nconst a: A = await 1\n\nexport default () => a\n`,
      3,
      /uses await outside of a function/,
    ],
    [
      'await at the top, in a block and behind functions that may wait',
      [
        'interface A { b: number }',
        'const one = async (): Promise<number> => await 1',
        'async function two() {',
        '  if (one) {',
        '    await one()',
        '  }',
        '}',
        'let three: A | null = null',
        'for (const four of [two]) {',
        '  // not yet',
        '  three = await four()',
        '}',
        'export default () => three',
      ].join('\n'),
      11,
      /uses await outside of a function/,
    ],
    [
      'await at the top, and no export at all',
      'const a = 1\nawait a\n',
      2,
      /uses await outside of a function/,
    ],
    ['nothing given', 'export default () => undefined\n', 1, /gives no adapter/],
    [
      'an error at the top',
      '// one\nconst a: number[] = []\n\na[0].toFixed()\nexport default a\n',
      4,
      /cannot read property/,
    ],
    [
      'an error while it is made',
      `type X = 1\n\nexport default (kit: X) => {\n  kit.card()\n  throw new Error('made badly')\n}\n`,
      5,
      /made badly/,
    ],
    [
      'an unknown function of the kit',
      `export default (kit) => {\n  return kit.cards('number')\n}\n`,
      2,
      /not a function/,
    ],
    ['another id', adapterText('other'), 8, /has the id other, but the name of its file is acme/],
    [
      'a need that there is not',
      adapterText('acme').replace("['card']", "['card', 'customer.mail']"),
      18,
      /operations\.purchase\.needs\[1\] must be a field of an intent/,
    ],
    [
      'no build',
      adapterText('acme').replace('build:', 'bulid:'),
      19,
      /operations\.purchase\.bulid is unknown/,
    ],
    [
      'a method of another world',
      adapterText('acme').replace('purchase:', 'subscribe:'),
      17,
      /operations\.subscribe must be authorize or purchase/,
    ],
    [
      'another contract',
      adapterText('acme').replace('contract: 1', 'contract: 2'),
      7,
      /contract must be 1/,
    ],
    [
      'a scheme that there is not',
      adapterText('acme', { more: "sign: { scheme: 'hmca' }," }),
      27,
      /sign is no scheme: sign: scheme is none of/,
    ],
    [
      'a header that cannot be',
      adapterText('acme', { more: "headers: { 'a b': 'c' }," }),
      27,
      /headers must have names as HTTP has them/,
    ],
    [
      'a credential nobody declared',
      adapterText('acme', { more: "headers: { a: [credential('key')] }," }).replace(
        'crypto }',
        'crypto, credential }',
      ),
      1,
      /has a hole for the credential "key"/,
    ],
  ])('%s is refused, with file, line and reason', async (_, text, line, reason) => {
    const { folder, events } = await open({ 'acme.ts': text, 'good.ts': adapterText('good') })
    expect([...folder.adapters.keys()]).toEqual(['good'])
    const [refused] = events.filter(({ event }) => event === 'adapter.refused')
    expect(refused?.file).toBe('acme.ts')
    expect(refused?.reason).toMatch(reason)
    expect(`line ${refused?.line}`).toBe(`line ${line}`)
  })
  test('a built-in one keeps its place, unless it is given up', async () => {
    const files = { 'stripe.ts': adapterText('stripe', { word: 'own' }) }
    const kept = await open(files)
    expect(kept.folder.adapters.size).toBe(0)
    expect(kept.events[0]).toMatchObject({ event: 'adapter.refused', line: 8 })
    const given = await open(files, { replace: ['stripe'] })
    expect(openRegistry(undefined, given.folder.adapters).get('stripe').name).toBe('Test stripe')
    const { list } = openRegistry(undefined, given.folder.adapters)
    expect(list().filter(({ id }) => id === 'stripe')).toHaveLength(1)
  })
  test('what everybody can write to is refused', async () => {
    const { folder, dir, write, events } = await open({})
    write('acme.ts', adapterText('acme'))
    chmodSync(join(dir, 'acme.ts'), 0o666)
    await folder.rescan()
    expect(events[0]).toMatchObject({ reason: 'can be changed by everybody: chmod o-w' })
    chmodSync(join(dir, 'acme.ts'), 0o644)
    await folder.rescan()
    expect([...folder.adapters.keys()]).toEqual(['acme'])
  })
})

describe('pins', () => {
  const text = adapterText('acme')
  test('where there are any, only what is pinned is loaded, and only as it was pinned', async () => {
    const pins = { acme: sha256(text), gone: sha256('') }
    const files = { 'acme.ts': text, 'other.ts': adapterText('other') }
    const { folder, events, write, wordOf } = await open(files, { pins })
    expect([...folder.adapters.keys()]).toEqual(['acme'])
    expect(events).toMatchObject([
      { event: 'adapter.loaded', adapter: 'acme' },
      {
        event: 'adapter.refused',
        adapter: 'other',
        reason: expect.stringMatching(/is not pinned: .* [0-9a-f]{64}$/),
      },
      { event: 'adapter.missing', adapter: 'gone' },
    ])
    write('acme.ts', adapterText('acme', { word: 'changed' }))
    await folder.rescan()
    expect(events.at(-1)).toMatchObject({ reason: expect.stringMatching(/is not what was pinned/) })
    expect(wordOf('acme')).toBe('one')
  })
  test('trust is for what is pinned: it runs outside of the sandbox', async () => {
    const clock = adapterText('acme', { top: 'const at = Date.now()' }).replace(
      "word: 'one'",
      'word: String(at > 0)',
    )
    const sandboxed = await open({ 'acme.ts': clock }, { trusted: ['acme'] })
    expect(sandboxed.events[0]).toMatchObject({
      event: 'adapter.refused',
      line: 3,
      reason: expect.stringMatching(/no clock/),
    })
    const trusted = await open(
      { 'acme.ts': clock },
      { trusted: ['acme'], pins: { acme: sha256(clock) } },
    )
    expect(trusted.wordOf('acme')).toBe('true')
    const bad = clock.replace('contract: 1', 'contract: 3')
    const refused = await open(
      { 'acme.ts': bad },
      { trusted: ['acme'], pins: { acme: sha256(bad) } },
    )
    expect(refused.events[0]).toMatchObject({ line: 7, reason: 'contract must be 1' })
  })
})

test('a pipe, a device and a folder are not waited for; a byte order mark is no part of the text', async () => {
  const dir = freshFolder('adapters')
  expect(Bun.spawnSync(['mkfifo', join(dir, 'pipe.ts')]).exitCode).toBe(0)
  symlinkSync('/dev/zero', join(dir, 'device.ts'))
  mkdirSync(join(dir, 'folder.ts'))
  const { folder, events } = await open({ 'acme.ts': `\uFEFF${adapterText('acme')}` }, { dir })
  // Whoever searches the run's files would wait for them.
  for (const name of ['pipe.ts', 'device.ts']) rmSync(join(dir, name))
  expect([...folder.adapters.keys()]).toEqual(['acme'])
  const refused = events.filter(({ event }) => event === 'adapter.refused')
  expect(refused.map(({ file, reason }) => [file, reason])).toEqual([
    ['device.ts', 'is no ordinary file'],
    ['folder.ts', 'is a folder'],
    ['pipe.ts', 'is no ordinary file'],
  ])
})

describe('changes', () => {
  test('take effect, but for broken ones, while what was taken earlier serves on', async () => {
    const { folder, write, wordOf, events } = await open({ 'acme.ts': adapterText('acme') })
    const before = folder.adapters.get('acme')
    write('acme.ts', adapterText('acme', { word: 'second' }))
    await folder.rescan()
    expect(wordOf('acme')).toBe('second')
    const parse = (adapter: typeof before) =>
      adapter?.operations.purchase?.parse(
        { status: 200, headers: {}, text: '', json: undefined },
        {
          operation: 'purchase',
          idempotency_key: 'k',
          now: 1,
          mode: 'live',
          options: {},
          extra: {},
        },
      )
    expect(parse(before)).toMatchObject({ reference: 'one' })
    write('acme.ts', 'export default (')
    await folder.rescan()
    expect(events.at(-1)).toMatchObject({ event: 'adapter.refused', line: 1 })
    expect(wordOf('acme')).toBe('second')
    await folder.rescan()
    expect(events.filter(({ event }) => event === 'adapter.refused')).toHaveLength(1)
    write('acme.ts', adapterText('acme', { word: 'third' }))
    await folder.rescan()
    expect(wordOf('acme')).toBe('third')
  })
  test('a file that goes takes its adapter along, one that moves in takes over', async () => {
    const { dir, folder, write, events } = await open({ 'acme.ts': adapterText('acme') })
    write('acme.js', adapterText('acme').replace(/^import type.*$/m, ''))
    await folder.rescan()
    expect(events.filter(({ event }) => event === 'adapter.refused')).toHaveLength(2)
    expect(folder.adapters.has('acme')).toBe(true)
    rmSync(join(dir, 'acme.js'))
    await folder.rescan()
    expect(folder.adapters.has('acme')).toBe(true)
    renameSync(join(dir, 'acme.ts'), join(dir, 'away'))
    await folder.rescan()
    expect(folder.adapters.has('acme')).toBe(false)
    expect(events.at(-1)).toMatchObject({ event: 'adapter.removed', adapter: 'acme' })
    rmSync(dir, { recursive: true })
    await folder.rescan()
    mkdirSync(dir)
    write('acme.ts', adapterText('acme'))
    await folder.rescan()
    expect(folder.adapters.has('acme')).toBe(true)
  })
  test('are noticed', async () => {
    const { write, wordOf, until } = await open({ 'acme.ts': adapterText('acme') }, { watch: true })
    write('acme.ts', adapterText('acme', { word: 'seen' }))
    await until('adapter.reloaded')
    expect(wordOf('acme')).toBe('seen')
    write('more.ts', adapterText('more'))
    await until('adapter.loaded', 2)
    expect(wordOf('more')).toBe('one')
  })
})
