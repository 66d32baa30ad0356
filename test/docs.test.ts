/** @module What the pages say holds: generated parts, links, and every line of merchant.md, run for real. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize, resolve } from 'node:path'
import { generated } from '../docs/generate.ts'
import { forbiddenVariables } from '../src/cli/environment.ts'
import { filesIn } from './house/source.ts'
import { blocks, likeness, ready, runLines } from './support/pages.ts'
import { freshFolder } from './support/run.ts'

const ROOT = resolve(import.meta.dir, '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const pages = filesIn('.').filter((path) => path.endsWith('.md'))

describe('pages', () => {
  for (const [path, made] of generated()) {
    test(`${path} says what the code says`, () => expect(read(path)).toBe(made))
  }

  test('link to files and headings that are there', () => {
    const broken = pages.flatMap((page) =>
      links(read(page))
        .filter((target) => !isThere(page, target))
        .map((target) => `${page}: ${target}`),
    )
    expect(broken).toEqual([])
  })

  test('name files and folders of the repository that are there', () => {
    const gone = pages.flatMap((page) =>
      [...read(page).matchAll(/`((?:src|test|docs|adapters|bench)\/[\w/.-]*)`/g)]
        .map(([, path = '']) => path)
        // `acme` is what an author's own adapter is called.
        .filter((path) => !path.includes('acme') && !existsSync(join(ROOT, path)))
        .map((path) => `${page}: ${path}`),
    )
    expect(gone).toEqual([])
  })

  test('are all reached from the README', () => {
    const reached = new Set(['README.md'])
    for (const page of reached) {
      for (const target of links(read(page))) {
        const path = pathOf(page, target)
        if (path.endsWith('.md') && pages.includes(path)) reached.add(path)
      }
    }
    expect(pages.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([])
  })

  test('the unit file has no line that systemd would not read', () => {
    const lines = read('docs/pangate.service').split('\n')
    expect(lines.filter((line) => !/^(?:$|#.*|\[\w+\]|[A-Za-z]+=.*)$/.test(line))).toEqual([])
  })

  test('the unit file takes away what serve refuses', () => {
    const unit = read('docs/pangate.service')
    const removed = /^UnsetEnvironment=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? []
    const refused = forbiddenVariables(Object.fromEntries(removed.map((name) => [name, 'x'])), null)
    expect(refused.map(({ name }) => name)).toEqual(removed.filter((name) => name !== 'LD_PRELOAD'))
  })
})

/** Targets of links, without those that leave the repository. */
function links(page: string): readonly string[] {
  const text = page.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '``')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) =>
    /^[a-z]+:/.test(target) ? [] : [target],
  )
}

function pathOf(page: string, target: string): string {
  const [file = ''] = target.split('#')
  return file === '' ? page : normalize(join(dirname(page), file))
}

function isThere(page: string, target: string): boolean {
  const path = pathOf(page, target)
  const anchor = target.split('#')[1]
  if (!existsSync(join(ROOT, path))) return false
  return anchor === undefined || anchors(read(path)).includes(anchor)
}

/** The anchors of headings, as GitHub makes them. */
function anchors(page: string): readonly string[] {
  return [...page.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe('merchant.md, line by line', () => {
  const folder = freshFolder('docs')
  let dev: Bun.Subprocess<'ignore', 'pipe', Bun.BunFile>

  beforeAll(async () => {
    dev = Bun.spawn([process.execPath, join(ROOT, 'src/main.ts'), 'dev', '--json', '--port', '0'], {
      cwd: folder,
      env: {},
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: Bun.file(join(folder, 'dev.log')),
    })
    const { url, sandbox } = await ready(dev.stdout)
    writeFileSync(join(folder, 'env.sh'), `export PANGATE_URL=${url} SANDBOX=${sandbox.url}\n`)
  })
  afterAll(async () => {
    dev.kill()
    await dev.exited
  })

  for (const { heading, script, answer } of blocks(read('docs/merchant.md'))) {
    test(`${heading}: ${script.split('\n')[0]}`, async () => {
      const { status, stdout, stderr } = await runLines(script, folder)
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      if (answer !== null) expect(JSON.parse(stdout)).toMatchObject(likeness(JSON.parse(answer)))
    })
  }
})
