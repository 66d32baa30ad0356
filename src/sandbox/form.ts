/**
 * @module Reads form bodies in Stripe's bracket syntax (`card[number]=..&expand[]=..`) into a tree, and JSON bodies into the same tree.
 */

/** A text, or named members. Made without a prototype, so `__proto__` is a name like any other. */
export type Tree = { [name: string]: string | Tree }

/** The body is not of its syntax. The message repeats nothing of it. */
export class SyntaxFault extends Error {}

const MOST_FIELDS = 1000
const DEEPEST = 8
const KEY = /^([^[\]]+)((?:\[[^[\]]*\])*)$/

/**
 * @param text `application/x-www-form-urlencoded`, also a query string
 * @throws SyntaxFault on broken percent-encoding, brackets that do not match, or a name that is both a text and a group
 */
export function parseForm(text: string): Tree {
  const tree = empty()
  const pairs = text.split('&').filter((pair) => pair !== '')
  if (pairs.length > MOST_FIELDS) throw new SyntaxFault('too many fields')
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    const name = decode(at < 0 ? pair : pair.slice(0, at))
    put(tree, path(name), at < 0 ? '' : decode(pair.slice(at + 1)))
  }
  return tree
}

/**
 * @param text a JSON object; scalars become the text that a form would carry, so `"12"` and `12` read the same
 * @throws SyntaxFault where it is not a JSON object
 */
export function parseJson(text: string): Tree {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new SyntaxFault('not valid JSON')
  }
  const tree = toTree(value, 0)
  if (typeof tree === 'string' || Array.isArray(value)) throw new SyntaxFault('not a JSON object')
  return tree
}

function toTree(value: unknown, depth: number): string | Tree {
  if (depth > DEEPEST) throw new SyntaxFault('nested too deep')
  if (value === null) return ''
  if (typeof value !== 'object') return String(value)
  const tree = empty()
  for (const [name, member] of Object.entries(value)) tree[name] = toTree(member, depth + 1)
  return tree
}

function path(name: string): string[] {
  const match = KEY.exec(name)
  if (!match?.[1]) throw new SyntaxFault('a field name with brackets that do not match')
  const groups = match[2] ? match[2].slice(1, -1).split('][') : []
  if (groups.length > DEEPEST) throw new SyntaxFault('nested too deep')
  return [match[1], ...groups]
}

/** `[]` takes the next free index; a repeated name takes the last value, as Stripe's servers do. */
function put(tree: Tree, names: readonly string[], value: string): void {
  let node = tree
  names.forEach((name, i) => {
    const key = name === '' ? String(Object.keys(node).length) : name
    const held = node[key]
    const last = i === names.length - 1
    if (held !== undefined && (typeof held === 'string') !== last) {
      throw new SyntaxFault('a name that is both a value and a group')
    }
    if (last) node[key] = value
    else node = node[key] = typeof held === 'object' ? held : empty()
  })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new SyntaxFault('broken percent-encoding')
  }
}

function empty(): Tree {
  // Object.create is typed as any; an object without prototype and members is an empty tree.
  return Object.create(null) as Tree
}
