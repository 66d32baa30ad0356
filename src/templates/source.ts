/**
 * @module The text of a template document as plain data, with the line of each of its places: YAML, TOML or JSON by the file's name.
 */
import { parse as parseToml, TomlError } from 'smol-toml'
import type { Document } from 'yaml'
import { keyLines } from '../config/lines.ts'
import { scan, toValue, type JsonNode } from '../json.ts'
import { TemplateError, type Path } from './problems.ts'
import { yamlLibrary } from './yaml_library.ts'

export interface Source {
  readonly value: unknown
  /** The line of a place, or of the nearest around it. */
  lineOf(path: Path): number
}

type Read = (text: string, file: string) => Source

/** By the ending of the file's name. */
const FORMATS: Readonly<Record<string, Read>> = { yaml, yml: yaml, toml, json }

/** Endings of names of template documents. */
const ENDINGS: readonly string[] = Object.keys(FORMATS)

/** Reads a document. Throws TemplateError for what is not well-formed, with the line. */
export function readSource(text: string, file: string): Source {
  const ending = /\.([a-z]+)$/.exec(file)?.[1] ?? ''
  const read = Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : undefined
  if (read) return read(text, file)
  throw failed(file, 1, `the name ends in none of ${ENDINGS.map((one) => `.${one}`).join(', ')}`)
}

function failed(file: string, line: number, text: string): TemplateError {
  return new TemplateError(file, [{ line, text }])
}

/** Aliases that are followed: a document that says little must not grow without bound. */
const MOST_ALIASES = 100

function yaml(text: string, file: string): Source {
  const { LineCounter, parseDocument } = yamlLibrary()
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false })
  // What is wrong after the first place mostly follows from it.
  const [wrong] = [...document.errors, ...document.warnings]
  if (wrong) throw failed(file, lines.linePos(wrong.pos[0]).line, wrong.message)
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: MOST_ALIASES })
  } catch {
    throw failed(file, 1, `more than ${MOST_ALIASES} aliases`)
  }
  return { value, lineOf: (path) => lines.linePos(offsetIn(document, path)).line }
}

/** Where the innermost node of the path that exists begins: of a pair, its key. */
function offsetIn(document: Document, path: Path): number {
  const { isAlias } = yamlLibrary()
  let node: unknown = document.contents
  let offset = 0
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document)
    const found = typeof part === 'number' ? item(node, part) : pair(document, node, part)
    if (!found) break
    node = found.value
    offset = found.offset
  }
  return offset
}

interface Found {
  readonly value: unknown
  readonly offset: number
}

function item(node: unknown, index: number): Found | null {
  const { isNode, isSeq } = yamlLibrary()
  const value = isSeq(node) ? node.items[index] : undefined
  return isNode(value) ? { value, offset: value.range?.[0] ?? 0 } : null
}

function pair(document: Document, node: unknown, name: string): Found | null {
  const { isAlias, isMap, isScalar, isSeq } = yamlLibrary()
  if (!isMap(node)) return null
  for (const { key, value } of node.items) {
    if (!isScalar(key)) continue
    if (String(key.value) === name) return { value, offset: key.range?.[0] ?? 0 }
  }
  for (const { key, value } of node.items) {
    // `<<: *other` takes in the pairs of others.
    if (!isScalar(key) || key.source !== '<<') continue
    for (const merged of isSeq(value) ? value.items : [value]) {
      const found = pair(document, isAlias(merged) ? merged.resolve(document) : merged, name)
      if (found) return found
    }
  }
  return null
}

function toml(text: string, file: string): Source {
  try {
    return { value: parseToml(text), lineOf: keyLines(text) }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    throw failed(file, error.line, error.message.split('\n')[0] ?? 'not TOML')
  }
}

function json(text: string, file: string): Source {
  let root: JsonNode
  try {
    root = scan(text)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const line = /line (\d+)/.exec(error.message)?.[1]
    throw failed(file, Number(line ?? 1), error.message)
  }
  return {
    value: toValue(text, root),
    lineOf: (path) => text.slice(0, offsetOf(root, path)).split('\n').length,
  }
}

function offsetOf(root: JsonNode, path: Path): number {
  let node = root
  let offset = root.start
  for (const part of path) {
    if (node.kind === 'object') {
      const entry = node.entries.find(({ key }) => key === part)
      if (!entry) break
      node = entry.value
      offset = entry.keyStart
    } else if (node.kind === 'array' && typeof part === 'number') {
      const inner = node.items[part]
      if (!inner) break
      node = inner
      offset = inner.start
    } else break
  }
  return offset
}
