/**
 * @module Liquid's filters, by the liquidjs library: it is given one value and literal arguments, and no more of a request.
 */
import { Context, Liquid, TypeGuards, Value, toValueSync, type Filter } from 'liquidjs'
import type { FilterValue } from '../hole.ts'
import { FilterError } from './filters.ts'
import { parseJsonPath, valueAt } from './json_path.ts'
import { LIQUID_FILTERS, jsonOf, type LiquidArgument } from './liquid_filters.ts'
import { Refusal } from './value.ts'

/** https://shopify.github.io/liquid/filters/, less `concat`, which takes a variable. None evaluates text as an expression. */
const STANDARD =
  'abs append at_least at_most base64_decode base64_encode capitalize ceil compact date default downcase escape escape_once find find_index first floor has join last lstrip map minus modulo newline_to_br plus prepend reject remove remove_first remove_last replace replace_first replace_last reverse round rstrip size slice sort sort_natural split squish strip strip_html strip_newlines sum times truncate truncatewords uniq upcase url_decode url_encode where'.split(
    ' ',
  )

/** Every filter that an expression may use. */
export const LIQUID_NAMES: ReadonlySet<string> = new Set([
  ...STANDARD,
  ...Object.keys(LIQUID_FILTERS),
])

/** A filter as it was written, its arguments known. */
export interface WrittenFilter {
  readonly name: string
  readonly args: readonly LiquidArgument[]
}

export interface Chain {
  readonly filters: readonly WrittenFilter[]
  /** @throws Refusal, or an error of the library, which may have the value in its message. */
  apply(value: FilterValue): FilterValue
}

const MAX_FILTERS = 16
const MAX_ARGUMENT = 512
const MAX_TEXT = 65_536
/** Characters and elements that the library may make for one value. */
const MAX_MEMORY = 1_000_000

/** A path and nothing else, as in most expressions. In quotes the library knows escapes, and it is left to it to read them. */
const PATH_ALONE = /^\|[ \t]*json:[ \t]*(?<quote>['"])(?<path>[^'"\\]*)\k<quote>$/

const liquid = makeLiquid()

function makeLiquid(): Liquid {
  // UTC and English wherever it runs.
  const made = new Liquid({
    strictFilters: true,
    ownPropertyOnly: true,
    memoryLimit: MAX_MEMORY,
    timezoneOffset: 0,
    locale: 'en-US',
  })
  for (const [name, filter] of Object.entries(LIQUID_FILTERS)) made.registerFilter(name, filter)
  return made
}

/**
 * Compiles `| json: '$.number' | upcase`.
 * @throws FilterError for what is no chain of known filters with literal arguments: a range or a variable in their place
 * could name what is not the caller's, or be endless.
 */
export function compileChain(source: string): Chain {
  const path = PATH_ALONE.exec(source)?.groups?.['path']
  if (path !== undefined && path.length <= MAX_ARGUMENT) return pathChain(path)
  const value = parse(source)
  if (value.filters.length > MAX_FILTERS) throw malformed('it has too many filters')
  const filters = value.filters.map(written)
  for (const { name, args } of filters) {
    if (name === 'json' && !parseJsonPath(String(args[0]))) throw noPath()
  }
  return {
    filters,
    apply(input) {
      const context = new Context({}, liquid.options, { sync: true, memoryLimit: MAX_MEMORY })
      let current: unknown = input
      for (const filter of value.filters) {
        current = toValueSync(filter.render(current, context))
        if (typeof current === 'string' && current.length > MAX_TEXT) throw tooLong()
      }
      return checked(current)
    },
  }
}

/** A chain of one filter that the library has no part in. */
function pathChain(text: string): Chain {
  const path = parseJsonPath(text)
  if (!path) throw noPath()
  return {
    filters: [{ name: 'json', args: [text] }],
    apply(input) {
      const value = valueAt(jsonOf(input), path)
      if (typeof value === 'string' && value.length > MAX_TEXT) throw tooLong()
      return value
    },
  }
}

function parse(source: string): Value {
  if (!/^(?:\||$)/.test(source)) throw malformed('a `|` is expected')
  try {
    return new Value(`value ${source}`, liquid)
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    if (message.startsWith('undefined filter')) throw unknownFilter()
    throw malformed('it is not a chain of Liquid filters')
  }
}

function written({ name, args }: Filter): WrittenFilter {
  if (!LIQUID_NAMES.has(name)) throw unknownFilter()
  return { name, args: args.map(literal) }
}

function literal(arg: Filter['args'][number]): LiquidArgument {
  const { isNumberToken, isQuotedToken, isLiteralToken } = TypeGuards
  if (isQuotedToken(arg) && arg.content.length <= MAX_ARGUMENT) return arg.content
  if (isNumberToken(arg)) return arg.content
  if (isLiteralToken(arg)) {
    const { content } = arg
    if (typeof content === 'boolean' || content === null || content === undefined) {
      return content ?? null
    }
  }
  throw malformed('an argument is text in quotes, a number, true or false')
}

/** What came out, which the library does not say. */
function checked(value: unknown): FilterValue {
  if (value === undefined || value === null) return null
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Refusal('it is not a number')
  if (typeof value === 'function' || typeof value === 'symbol') throw new Refusal('it is no value')
  // The filters make JSON of JSON, but for whole numbers and bytes, which are values too.
  return value as FilterValue
}

function noPath(): FilterError {
  return new FilterError('the JSONPath is malformed', "It is written `json: '$.data.number'`.")
}

function tooLong(): Refusal {
  return new Refusal('the text becomes too long')
}

function unknownFilter(): FilterError {
  return new FilterError('there is no such filter', `Filters: ${[...LIQUID_NAMES].join(', ')}.`)
}

function malformed(what: string): FilterError {
  return new FilterError(what, "Filters are written `| json: '$.data.number' | slice: 0, 6`.")
}
