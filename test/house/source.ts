/**
 * @module Reads the repository's files, and TypeScript sources as trees.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Comment, type Program, Visitor, parseSync } from 'oxc-parser'

export const ROOT = resolve(import.meta.dir, '../..')

/** What is never committed. */
const IGNORED = new Set(['.git', 'node_modules', 'dist', 'coverage', 'pangate-data'])

/** Every file of the repository below a folder, as paths from its root. */
export function filesIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => !IGNORED.has(entry.name) && !entry.name.endsWith('.tmp'))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesIn(path) : [path]
    })
    .sort()
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

export interface Import {
  /** A path from the repository's root, or the name of a package or built-in module. */
  readonly from: string
  readonly typeOnly: boolean
}

export class Source {
  readonly text: string
  readonly program: Program
  readonly comments: readonly Comment[]
  readonly imports: readonly Import[]

  constructor(path: string, text = read(path)) {
    const parsed = parseSync(path, text)
    if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0]?.message}`)
    this.text = text
    this.program = parsed.program
    this.comments = parsed.comments
    this.imports = [...staticImports(parsed.module), ...dynamicImports(parsed.program)].map(
      ({ from, typeOnly }) => ({
        from: from.startsWith('.') ? join(dirname(path), from) : from,
        typeOnly,
      }),
    )
  }

  /** The line, from 1, of an offset. */
  line(offset: number): number {
    return this.text.slice(0, offset).split('\n').length
  }

  /** Whether a comment stands on the line of an offset or ends on the one above. */
  commented(offset: number): boolean {
    const line = this.line(offset)
    return this.comments.some(
      ({ start, end }) => this.line(start) === line || this.line(end) === line - 1,
    )
  }
}

/** `import` and `export .. from`. Those that name types alone vanish from the running program. */
function staticImports(module: ReturnType<typeof parseSync>['module']): Import[] {
  const imports = module.staticImports.map(({ moduleRequest, entries }) => ({
    from: moduleRequest.value,
    typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
  }))
  const exports = module.staticExports
    .flatMap(({ entries }) => entries)
    .flatMap(({ moduleRequest, isType }) =>
      moduleRequest ? [{ from: moduleRequest.value, typeOnly: isType }] : [],
    )
  return [...imports, ...exports]
}

/** `import('..')` of values and of types. A computed name cannot be checked here and counts as none. */
function dynamicImports(program: Program): Import[] {
  const found: Import[] = []
  new Visitor({
    ImportExpression({ source }) {
      if (source.type === 'Literal' && typeof source.value === 'string') {
        found.push({ from: source.value, typeOnly: false })
      }
    },
    TSImportType({ source }) {
      found.push({ from: source.value, typeOnly: true })
    },
  }).visit(program)
  return found
}
