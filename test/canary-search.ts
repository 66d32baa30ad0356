/**
 * @module Searches a run's folder for registered canaries in all their spellings: `bun test/canary-search.ts FOLDER`.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Canary, CANARIES } from './support/run.ts'
import { MINIMUM, type Needle, codeFields, spellings } from './support/written.ts'

/** Where a canary was found. */
export interface Hit {
  readonly file: string
  readonly offset: number
  readonly kind: Canary['kind']
  readonly from: string
  readonly form: string
}

export interface SearchResult {
  readonly hits: readonly Hit[]
  readonly files: number
  readonly bytes: number
  readonly canaries: number
}

/** Searches every file under a folder but the list of canaries itself; for those of its run, or for these. */
export function search(
  folder: string,
  canaries: readonly Canary[] = registered(folder),
): SearchResult {
  const finder = new Finder(canaries.flatMap(spellings))
  const codes = new Map(
    canaries.filter(({ kind }) => kind === 'cvc').map((one) => [one.value, one]),
  )
  const hits: Hit[] = []
  let bytes = 0
  const files = filesOf(folder).filter((path) => path !== join(folder, CANARIES))
  for (const path of files) {
    const content = readFileSync(path)
    bytes += content.length
    const file = relative(folder, path)
    for (const { needle, offset } of finder.find(content)) {
      hits.push({ file, offset, ...whose(needle.canary), form: needle.form })
    }
    for (const { canary, offset, form } of findCodes(content, codes)) {
      hits.push({ file, offset, ...whose(canary), form })
    }
    // File names are written to disk as well.
    for (const { needle } of finder.find(Buffer.from(file))) {
      hits.push({
        file,
        offset: -1,
        ...whose(needle.canary),
        form: `${needle.form}, in the file's name`,
      })
    }
  }
  return { hits, files: files.length, bytes, canaries: canaries.length }
}

function whose({ kind, from }: Canary): Pick<Hit, 'kind' | 'from'> {
  return { kind, from }
}

/** The canaries of a run. The list is only ever written by test/support/run.ts. */
function registered(folder: string): readonly Canary[] {
  const list = join(folder, CANARIES)
  if (!existsSync(list)) return []
  const lines = new Set(readFileSync(list, 'utf8').split('\n').filter(Boolean))
  return [...lines].map((line): Canary => JSON.parse(line))
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesOf(path)
    return entry.isFile() && statSync(path).size > 0 ? [path] : []
  })
}

/** Finds many needles in one pass: a filter over each stretch of eight bytes, then the few candidates in full. */
class Finder {
  static readonly #BITS = 24
  readonly #filter = new Uint8Array(1 << Finder.#BITS)
  readonly #byTail = new Map<number, Needle[]>()

  constructor(needles: readonly Needle[]) {
    for (const needle of needles) {
      const tail = hash(needle.bytes, needle.bytes.length - MINIMUM)
      this.#filter[tail >>> (32 - Finder.#BITS)] = 1
      this.#byTail.set(tail, [...(this.#byTail.get(tail) ?? []), needle])
    }
  }

  *find(content: Buffer): Generator<{ needle: Needle; offset: number }> {
    for (let at = 0; at + MINIMUM <= content.length; at++) {
      const tail = hash(content, at)
      if (this.#filter[tail >>> (32 - Finder.#BITS)] === 0) continue
      for (const needle of this.#byTail.get(tail) ?? []) {
        const offset = at + MINIMUM - needle.bytes.length
        if (offset < 0) continue
        if (content.compare(needle.bytes, 0, needle.bytes.length, offset, at + MINIMUM) === 0) {
          yield { needle, offset }
        }
      }
    }
  }
}

/** 32 bits of the eight bytes at a place. */
function hash(bytes: Buffer, at: number): number {
  const low = bytes.readUInt32LE(at)
  const high = bytes.readUInt32LE(at + 4)
  return (Math.imul(low, 0x9e3779b1) ^ Math.imul(high ^ (high >>> 15), 0x85ebca6b)) >>> 0
}

/** Security codes beside their names, in text of one byte a character and of two. */
function* findCodes(
  content: Buffer,
  codes: ReadonlyMap<string, Canary>,
): Generator<{ canary: Canary; offset: number; form: string }> {
  if (codes.size === 0) return
  const text = content.toString('latin1')
  const views = text.includes('\0') ? [text, text.replaceAll('\0', '')] : [text]
  for (const [index, view] of views.entries()) {
    for (const match of view.matchAll(codeFields)) {
      const canary = codes.get(match[1] ?? '')
      if (canary) {
        yield {
          canary,
          offset: match.index,
          form: index === 0 ? 'beside its name' : 'beside its name, UTF-16',
        }
      }
    }
  }
}

if (import.meta.main) {
  const folder = process.argv[2]
  if (!folder) throw new Error('Name the folder to search.')
  const { hits, files, bytes, canaries } = search(folder)
  // The value itself is not printed: this output is kept, too.
  for (const hit of hits) {
    console.log(`${hit.file} at ${hit.offset}: a ${hit.kind} of ${hit.from}, ${hit.form}`)
  }
  console.log(
    `${canaries} canaries, ${files} files, ${(bytes / 1e6).toFixed(1)} MB, ${hits.length} found`,
  )
  // A search for nothing would always pass.
  if (hits.length > 0 || canaries === 0) process.exitCode = 1
}
