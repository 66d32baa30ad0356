/** @module The house rules, tested over the repository's own files. */
import { describe, expect, test } from 'bun:test'
import { LAYERS, layerOf } from './house/layers.ts'
import * as rules from './house/rules.ts'
import { Source, filesIn, read } from './house/source.ts'

const all = filesIn('.')
const typescript = all.filter((path) => path.endsWith('.ts'))
const program = typescript.filter((path) => /^(?:src|adapters)\//.test(path))
const tools = typescript.filter((path) => /^(?:bench|docs)\//.test(path))
const sources = new Map(typescript.map((path) => [path, new Source(path)]))

/** Every place that breaks a rule, as `path: what`, so that a failure lists all of them. */
function broken(
  paths: readonly string[],
  rule: (source: Source, path: string) => readonly string[],
): readonly string[] {
  return paths.flatMap((path) => {
    const source = sources.get(path)
    return source ? rule(source, path).map((what) => `${path} ${what}`) : []
  })
}

describe('sources', () => {
  test('open with what they are for', () => {
    expect(broken(program, rules.opensWithModuleComment)).toEqual([])
  })
  test('are at most 260 lines long', () => {
    expect(broken(program, rules.isShort)).toEqual([])
  })
  test('have no any', () => {
    expect(broken(typescript, rules.hasNoAny)).toEqual([])
  })
  test('say why each cast holds', () => {
    expect(broken([...program, ...tools], rules.explainsCasts)).toEqual([])
  })
  test('suppress and postpone nothing', () => {
    expect(broken(typescript, rules.hasPlainComments)).toEqual([])
  })
  test('have no empty catch', () => {
    expect(broken(typescript, rules.handlesErrors)).toEqual([])
  })
  test('leave no test out', () => {
    expect(broken(typescript, rules.runsEveryTest)).toEqual([])
  })
})

describe('layers', () => {
  test('import only what the table allows', () => {
    expect(broken(program, rules.respectsLayers)).toEqual([])
  })
  test('are in order: each uses only layers above it in the table', () => {
    const seen = new Set<string>()
    const wrong: string[] = []
    for (const [name, { uses, types = [] }] of Object.entries(LAYERS)) {
      wrong.push(...uses.filter((used) => !seen.has(used)).map((used) => `${name} uses ${used}`))
      wrong.push(...types.filter((used) => !(used in LAYERS)).map((used) => `${name}: no ${used}`))
      seen.add(name)
    }
    expect(wrong).toEqual([])
  })
  test('are only those that have files', () => {
    const used = new Set(all.map(layerOf))
    expect(Object.keys(LAYERS).filter((name) => !used.has(name))).toEqual([])
  })
  test('have no file that imports itself in the end, types excepted', () => {
    expect(cycles()).toEqual([])
  })
})

/** Circles of imports at run time, each once, from its first file in the alphabet. */
function cycles(): readonly string[] {
  const found = new Set<string>()
  const done = new Set<string>()
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) {
      const circle = trail.slice(start)
      const first = circle.indexOf(circle.toSorted()[0] ?? '')
      found.add([...circle.slice(first), ...circle.slice(0, first + 1)].join(' -> '))
      return
    }
    if (done.has(path)) return
    for (const { from, typeOnly } of sources.get(path)?.imports ?? []) {
      if (!typeOnly) walk(from, [...trail, path])
    }
    done.add(path)
  }
  for (const path of program) walk(path, [])
  return [...found]
}

describe('the repository', () => {
  test('has the files that a reader looks for first', () => {
    for (const path of ['README.md', 'CHANGELOG.md', 'LICENSE', 'SECURITY.md'])
      expect(all).toContain(path)
    expect(read('LICENSE')).toContain('Apache License\n                           Version 2.0')
    expect(read('LICENSE')).toContain('END OF TERMS AND CONDITIONS')
  })
  test('has no folder at the top but the known ones', () => {
    const folders = new Set(
      all.filter((path) => path.includes('/')).map((path) => path.split('/')[0]),
    )
    const known = ['src', 'adapters', 'test', 'drizzle', 'bench', 'docs', '.ci', '.issues']
    expect([...folders].filter((folder) => !known.includes(folder ?? ''))).toEqual([])
  })
  test('names no machine: no path of one, no host of a registry', () => {
    // Written in parts, so that this file does not name them either.
    const hosts = [['registry', 'npmjs', 'org'].join('.'), ['registry', 'yarnpkg', 'com'].join('.')]
    const named = all.filter((path) => {
      const text = read(path)
      return (
        /(?:^|[\s"'`(=])\/(?:work|root|home\/\w+|Users\/\w+)\//m.test(text) ||
        hosts.some((host) => text.includes(host))
      )
    })
    expect(named).toEqual([])
    expect(read('bun.lock').match(/https?:\/\/[^"]+/g)).toBeNull()
  })
  test('has a line in docs/dependencies.md for every package it names, and for no others', () => {
    const manifest: unknown = JSON.parse(read('package.json'))
    const kinds = ['dependencies', 'devDependencies', 'optionalDependencies']
    const named = kinds.flatMap((kind) => Object.keys(Object(Reflect.get(Object(manifest), kind))))
    const rows = read('docs/dependencies.md')
      .split('\n')
      .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)])
      .map(([, name]) => name)
    expect(rows.toSorted()).toEqual(named.toSorted())
    const versions = kinds.flatMap((kind) =>
      Object.values(Object(Reflect.get(Object(manifest), kind))),
    )
    // One version each, never a range.
    for (const version of versions) expect(version).toMatch(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/)
    expect(Reflect.get(Object(manifest), 'trustedDependencies')).toBeUndefined()
  })
  test('pins one version of Bun everywhere', () => {
    const manifest: unknown = JSON.parse(read('package.json'))
    expect(manifest).toMatchObject({
      packageManager: `bun@${Bun.version}`,
      engines: { bun: Bun.version },
    })
    const named = ['README.md', '.ci/run'].flatMap(
      (path) => read(path).match(/bun@[\d.]+\d/g) ?? [],
    )
    expect(new Set(named)).toEqual(new Set([`bun@${Bun.version}`]))
  })
})

describe('the rules themselves', () => {
  const cases: readonly [keyof typeof rules, string, string, boolean][] = [
    ['opensWithModuleComment', 'src/x.ts', '/**\n * @module One sentence.\n */\n', true],
    ['opensWithModuleComment', 'src/x.ts', 'import a from "a"\n/** @module Late. */', false],
    ['isShort', 'src/x.ts', '\n'.repeat(260), true],
    ['isShort', 'src/x.ts', '\n'.repeat(261), false],
    ['hasNoAny', 'src/x.ts', 'const any = "any" // any', true],
    ['hasNoAny', 'src/x.ts', 'function f(x: any[]) {}', false],
    ['explainsCasts', 'src/x.ts', 'const a = [1] as const\nimport { b as c } from "d"', true],
    ['explainsCasts', 'src/x.ts', '// Holds, because.\nconst a = b as number', true],
    ['explainsCasts', 'src/x.ts', 'const a = b as number // Holds, because.', true],
    ['explainsCasts', 'src/x.ts', '// Far away.\n\nconst a = b as number', false],
    ['hasPlainComments', 'src/x.ts', 'const a = "@ts-ignore"', true],
    ['hasPlainComments', 'src/x.ts', `// @ts-${'ignore'}\nconst a = 1`, false],
    ['handlesErrors', 'src/x.ts', 'try { a() } catch { b() }', true],
    ['handlesErrors', 'src/x.ts', 'try { a() } catch { /* why */ }', false],
    [
      'runsEveryTest',
      'test/x.ts',
      'test.skipIf(process.platform !== "linux")("a", () => {})',
      true,
    ],
    ['runsEveryTest', 'test/x.ts', 'describe.only("a", () => {})', false],
    ['respectsLayers', 'adapters/x.ts', 'import type { Kit } from "../src/adapter.ts"', true],
    ['respectsLayers', 'adapters/x.ts', 'import { Kit } from "../src/adapter.ts"', false],
    ['respectsLayers', 'adapters/x.ts', 'import y from "./y.ts"', false],
    ['respectsLayers', 'adapters/x.ts', 'import { createHmac } from "node:crypto"', false],
    ['respectsLayers', 'src/vault/x.ts', 'const { a } = await import("../forward/a.ts")', false],
    ['respectsLayers', 'src/dialects/x.ts', 'export { a } from "../vault/vault.ts"', false],
    ['respectsLayers', 'src/dialects/x.ts', 'import type { A } from "../gateway.ts"', true],
    ['respectsLayers', 'src/dialects/x.ts', 'import { type A, b } from "../gateway.ts"', false],
    ['respectsLayers', 'src/api/x.ts', 'import { request } from "node:https"', false],
    ['respectsLayers', 'src/unheard-of/x.ts', '', false],
  ]
  for (const [rule, path, text, holds] of cases) {
    test(`${rule} ${holds ? 'accepts' : 'refuses'} ${JSON.stringify(text.slice(0, 60))}`, () => {
      expect(rules[rule](new Source(path, text), path).length === 0).toBe(holds)
    })
  }
})
