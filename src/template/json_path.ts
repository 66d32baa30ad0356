/**
 * @module JSONPath (RFC 9535), as far as token expressions use it: names, indexes, wildcards, descent, one comparison.
 */
import type { Json } from '../adapter.ts'
import { Refusal } from './value.ts'

/** `deep`: at any depth below, the node itself included. */
type Step =
  | { readonly kind: 'name'; readonly name: string; readonly deep: boolean }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all'; readonly deep: boolean }
  | { readonly kind: 'where'; readonly test: Test }

/** `[?(@.price < 10)]`; without an operator, whether there is such a value. */
interface Test {
  readonly path: JsonPath
  readonly operator: Operator | null
  readonly value: string | number | boolean | null
}

type Operator = '==' | '!=' | '<=' | '>=' | '<' | '>'

export type JsonPath = readonly Step[]

const MAX_STEPS = 32
/** More nodes than any token has; descent into descent multiplies them. */
const MAX_NODES = 10_000

/** One alternative a step; each begins where the one before ended. */
const STEP =
  /(?<descent>\.\.)?(?:(?<=\.\.)(?:(?<deepName>[\w$-]+)|(?<deepAll>\*))|\.(?:(?<name>[\w$-]+)|(?<all>\*))|\[\s*(?:'(?<single>[^']*)'|"(?<double>[^"]*)"|(?<index>-?[0-9]{1,6})|(?<wild>\*)|\?\s*\(?\s*@(?<inner>[^\s()<>=!]*)\s*(?:(?<operator>==|!=|<=|>=|<|>)\s*(?:'(?<text>[^']*)'|"(?<quoted>[^"]*)"|(?<literal>true|false|null|-?[0-9]+(?:\.[0-9]+)?))\s*)?\)?)\s*\])/y

/** Names alone, as in nearly all paths. */
const NAMES = /^(?:\.[\w$-]+){1,32}$/

/** The path, or null where the text is none. */
export function parseJsonPath(text: string): JsonPath | null {
  const trimmed = text.trim()
  if (!trimmed.startsWith('$')) return null
  const steps = trimmed.slice(1)
  if (!NAMES.test(steps)) return stepsOf(steps)
  const [, ...names] = steps.split('.')
  return names.map((name) => ({ kind: 'name', name, deep: false }))
}

function stepsOf(text: string): JsonPath | null {
  const steps: Step[] = []
  let at = 0
  while (at < text.length) {
    STEP.lastIndex = at
    const match = STEP.exec(text)
    // A step may hold a path of its own, which moves the expression on.
    const step = match && stepOf(match.groups ?? {})
    if (!step || steps.length === MAX_STEPS) return null
    steps.push(step)
    at += match[0].length
  }
  return steps
}

function stepOf(groups: Readonly<Record<string, string | undefined>>): Step | null {
  const deep = groups['descent'] !== undefined
  const { deepName, name, single, double, index, inner } = groups
  const key = deepName ?? name ?? single ?? double
  if (key !== undefined) return { kind: 'name', name: key, deep }
  if (groups['deepAll'] ?? groups['all'] ?? groups['wild']) return { kind: 'all', deep }
  if (deep) return null
  if (index !== undefined) return { kind: 'index', index: Number(index) }
  const path = inner === undefined ? null : stepsOf(inner)
  if (!path) return null
  // The expression knows these operators only.
  const operator = (groups['operator'] ?? null) as Operator | null
  return { kind: 'where', test: { path, operator, value: literalOf(groups) } }
}

function literalOf(groups: Readonly<Record<string, string | undefined>>): Test['value'] {
  const text = groups['text'] ?? groups['quoted']
  if (text !== undefined) return text
  // The expression lets nothing else through than a JSON scalar.
  return JSON.parse(groups['literal'] ?? 'null') as Test['value']
}

/** The last name of the path, or null where it does not end in one. */
export function leafOf(path: JsonPath): string | null {
  const last = path.at(-1)
  return last?.kind === 'name' ? last.name : null
}

/**
 * The one value at the path, or null where there is none.
 * @throws Refusal where there are several.
 */
export function valueAt(root: Json, path: JsonPath): Json {
  const found = nodesAt(root, path)
  if (found.length > 1) throw new Refusal('the path leads to several values')
  return found[0] ?? null
}

function nodesAt(root: Json, path: JsonPath): readonly Json[] {
  let nodes: readonly Json[] = [root]
  for (const step of path) {
    const next: Json[] = []
    for (const node of nodes) {
      next.push(...walk(node, step))
      if (next.length > MAX_NODES) throw new Refusal('the path leads to too many values')
    }
    nodes = next
  }
  return nodes
}

function walk(node: Json, step: Step): readonly Json[] {
  switch (step.kind) {
    case 'name': {
      const { name } = step
      return (step.deep ? descend(node) : [node]).flatMap((one) => own(one, name))
    }
    case 'index':
      return isArray(node) ? [node.at(step.index)].filter((one) => one !== undefined) : []
    case 'all':
      return (step.deep ? descend(node) : [node]).flatMap(children)
    case 'where':
      return children(node).filter((child) => holds(child, step.test))
  }
}

function own(node: Json, name: string): readonly Json[] {
  if (typeof node !== 'object' || node === null || isArray(node)) return []
  // Own fields only, so that `constructor` is not there by itself.
  return Object.hasOwn(node, name) ? [node[name] ?? null] : []
}

function children(node: Json): readonly Json[] {
  return typeof node === 'object' && node !== null ? Object.values(node) : []
}

/** The node and everything below it, from the outside in. */
function descend(node: Json): readonly Json[] {
  return [node, ...children(node).flatMap(descend)]
}

function holds(node: Json, { path, operator, value }: Test): boolean {
  const [left] = nodesAt(node, path)
  if (operator === null) return left !== undefined
  if (operator === '==') return left === value
  if (operator === '!=') return left !== value
  if (typeof left === 'number' && typeof value === 'number') return compare(operator, left, value)
  if (typeof left === 'string' && typeof value === 'string') return compare(operator, left, value)
  return false
}

function compare<T extends string | number>(operator: Operator, left: T, right: T): boolean {
  if (operator === '<') return left < right
  if (operator === '>') return left > right
  return operator === '<=' ? left <= right : left >= right
}

function isArray(node: Json): node is readonly Json[] {
  return Array.isArray(node)
}
