/**
 * @module The rules that can be read off one source, each as a function from the source to the lines that break it.
 */
import { Visitor } from 'oxc-parser'
import { PURE, LAYERS, layerOf } from './layers.ts'
import type { Source } from './source.ts'

/** What is wrong, one sentence for each place, with its line where there is one. */
type Rule = (source: Source, path: string) => readonly string[]

/** The first thing in a file says in one sentence what it is for. */
export const opensWithModuleComment: Rule = ({ text }) =>
  /^\/\*\*\s+(?:\* )?@module \S[^@]*?\*\//.test(text)
    ? []
    : ['does not open with a @module sentence']

/** Longer files are more than one idea. An adapter is one file whatever its PSP asks, and so is the contract that goes with it. */
export const isShort: Rule = ({ text }, path) => {
  const lines = text.split('\n').length - 1
  const most = /^(?:adapters\/|src\/adapter\.ts$)/.test(path) ? 600 : 260
  return lines <= most ? [] : [`has ${lines} lines, which is over ${most}`]
}

export const respectsLayers: Rule = ({ imports }, path) => {
  const name = layerOf(path)
  const layer = name === null ? undefined : LAYERS[name]
  if (name === null || !layer) return ['belongs to no layer: add it to test/house/layers.ts']
  return imports.flatMap(({ from, typeOnly }) => {
    if (!/^(?:src|adapters|drizzle|test|docs|bench)\/|^package\.json$/.test(from)) {
      const isolated = name === 'contract' || name === 'adapter'
      const allowed = layer.packages?.includes(from) === true || (!isolated && PURE.includes(from))
      return allowed ? [] : [`layer ${name} may not use the package ${from}`]
    }
    const target = layerOf(from)
    if (target === name && name !== 'adapter') return []
    if (target === null) return [`imports ${from}, which belongs to no layer`]
    if (typeOnly && layer.types?.includes(target) === true) return []
    if (layer.uses.includes(target)) return []
    const types = layer.types?.includes(target) === true ? ', types excepted' : ''
    return [`layer ${name} may not use layer ${target} (${from})${types}`]
  })
}

export const hasNoAny: Rule = (source) => {
  const found: string[] = []
  new Visitor({
    TSAnyKeyword({ start }) {
      found.push(`line ${source.line(start)}: any`)
    },
  }).visit(source.program)
  return found
}

/** A cast is a claim that the compiler cannot check, so that a comment beside it says why it holds. */
export const explainsCasts: Rule = (source) => {
  const found: string[] = []
  const check = (at: number, end: number) => {
    if (source.text.slice(at, end) === 'as const' || source.commented(at)) return
    found.push(`line ${source.line(at)}: a cast without a comment on its line or the one above`)
  }
  new Visitor({
    TSAsExpression({ expression, end }) {
      check(source.text.indexOf('as', expression.end), end)
    },
    TSTypeAssertion({ start, end }) {
      check(start, end)
    },
  }).visit(source.program)
  return found
}

/** Suppressions of the compiler and promises of later work, both in comments. */
export const hasPlainComments: Rule = (source) =>
  source.comments.flatMap(({ value, start }) => {
    const found = /@ts-\w+|\b(?:TODO|FIXME|XXX)\b|prettier-ignore|eslint-disable/.exec(value)
    return found ? [`line ${source.line(start)}: ${found[0]} in a comment`] : []
  })

export const handlesErrors: Rule = (source) => {
  const found: string[] = []
  new Visitor({
    CatchClause({ body, start }) {
      if (body.body.length === 0) found.push(`line ${source.line(start)}: an empty catch`)
    },
  }).visit(source.program)
  return found
}

/** `test.only` hides other tests, `skip` and `todo` hide themselves. `test.skipIf(..)` states its reason and stays. */
export const runsEveryTest: Rule = (source) => {
  const found: string[] = []
  new Visitor({
    MemberExpression({ object, property, start }) {
      if (property.type !== 'Identifier' || !['only', 'skip', 'todo'].includes(property.name))
        return
      const name = object.type === 'Identifier' ? object.name : ''
      if (!['test', 'it', 'describe'].includes(name)) return
      found.push(`line ${source.line(start)}: ${name}.${property.name}`)
    },
  }).visit(source.program)
  return found
}
