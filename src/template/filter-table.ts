/**
 * @module The table of filters: names, arguments and examples, from which the reference is made too.
 */
import type { FilterValue } from '../hole.ts'
import { expiry, mapped, month, names, toAscii, toJson, toNumber, year } from './convert.ts'
import { asBytes, asText, percentEncode } from './value.ts'

/** A literal argument: text in quotes, or a whole number. */
export type Argument = string | number

export interface Parameter {
  readonly name: string
  readonly type: 'text' | 'count' | 'position'
  /** May be left out. */
  readonly optional?: true
  /** May be given again and again. */
  readonly repeated?: true
}

type Apply = (value: FilterValue) => FilterValue

export interface FilterDefinition {
  readonly parameters: readonly Parameter[]
  readonly doc: string
  /** A placeholder and what it gives for the card of {@link SAMPLE}. */
  readonly example: readonly [placeholder: string, gives: string]
  make(args: readonly Argument[]): Apply
}

/** The card of the examples. */
export const SAMPLE = {
  number: '4242424242424242',
  exp_month: '03',
  exp_year: '2030',
  expiry: '03/30',
  holder: 'Zoë Martin',
  brand: 'visa',
} as const

const count: Parameter = { name: 'n', type: 'count' }
const text: Parameter = { name: 'text', type: 'text' }
const fill: Parameter = { name: 'char', type: 'text', optional: true }

/** A filter of text without arguments. */
function plain(
  doc: string,
  example: FilterDefinition['example'],
  apply: (text: string) => FilterValue,
): FilterDefinition {
  return { parameters: [], doc, example, make: () => (value) => apply(asText(value)) }
}

/** A filter of text with arguments, which are checked against `parameters` before `apply` sees them. */
function taking(
  parameters: readonly Parameter[],
  doc: string,
  example: FilterDefinition['example'],
  apply: (text: string, args: Arguments) => FilterValue,
): FilterDefinition {
  const make = (list: readonly Argument[]): Apply => {
    const args = new Arguments(list)
    return (value) => apply(asText(value), args)
  }
  return { parameters, doc, example, make }
}

class Arguments {
  readonly list: readonly Argument[]

  constructor(list: readonly Argument[]) {
    this.list = list
  }

  number(index: number, otherwise = 0): number {
    return Number(this.list[index] ?? otherwise)
  }

  text(index: number, otherwise = ''): string {
    return String(this.list[index] ?? otherwise)
  }
}

/** Every native filter by its name. */
export const FILTERS: Readonly<Record<string, FilterDefinition>> = {
  number: plain(
    'A JSON number where the placeholder is a whole JSON string; its digits elsewhere. Leading zeros go. Whole numbers only.',
    ['{{ card.exp_month | number }}', '3'],
    toNumber,
  ),
  string: plain('The value as text.', ['{{ card.exp_month | number | string }}', '3'], (s) => s),
  last4: plain('The last four characters.', ['{{ card.number | last4 }}', '4242'], (s) =>
    s.slice(-4),
  ),
  bin: plain(
    'The first six digits of a card number; fewer of one shorter than 14, so that eight stay hidden.',
    ['{{ card.number | bin }}', '424242'],
    (s) => s.slice(0, Math.max(0, Math.min(6, s.length - 8))),
  ),
  mask: taking(
    [fill],
    'All but the last four characters replaced, by `*` or the given text.',
    ["{{ card.number | mask: 'X' }}", 'XXXXXXXXXXXX4242'],
    (s, args) => args.text(0, '*').repeat(Math.max(0, s.length - 4)) + s.slice(-4),
  ),
  mm: plain('A month in two digits.', ['{{ card.exp_month | mm }}', '03'], (s) => month(s)),
  yy: plain('A year in two digits.', ['{{ card.exp_year | yy }}', '30'], (s) => year(s).slice(-2)),
  yyyy: plain('A year in four digits.', ['{{ card.exp_year | yyyy }}', '2030'], (s) => year(s)),
  date: taking(
    [{ name: 'format', type: 'text' }],
    'An expiry in another format: `MM`, `YY` and `YYYY` are put in, all else stays.',
    ["{{ card.expiry | date: 'YYYY-MM' }}", '2030-03'],
    (s, args) => expiry(s, args.text(0)),
  ),
  upper: plain('Upper case.', ['{{ card.brand | upper }}', 'VISA'], (s) => s.toUpperCase()),
  lower: plain('Lower case.', ['{{ card.holder | lower }}', 'zoë martin'], (s) => s.toLowerCase()),
  trim: plain('Without white space at the ends.', ['{{ card.holder | trim }}', 'Zoë Martin'], (s) =>
    s.trim(),
  ),
  digits: plain('The digits alone.', ['{{ card.expiry | digits }}', '0330'], (s) =>
    s.replace(/[^0-9]/g, ''),
  ),
  ascii: plain(
    'Letters without their accents; what has no ASCII form is left out.',
    ['{{ card.holder | ascii }}', 'Zoe Martin'],
    toAscii,
  ),
  first_name: plain(
    'All words but the last.',
    ['{{ card.holder | first_name }}', 'Zoë'],
    (s) => names(s)[0],
  ),
  last_name: plain(
    'The last word.',
    ['{{ card.holder | last_name }}', 'Martin'],
    (s) => names(s)[1],
  ),
  first: taking(
    [count],
    'The first n characters.',
    ['{{ card.number | first: 8 }}', '42424242'],
    (s, args) => s.slice(0, args.number(0)),
  ),
  last: taking(
    [count],
    'The last n characters.',
    ['{{ card.number | last: 2 }}', '42'],
    (s, args) => s.slice(Math.max(0, s.length - args.number(0))),
  ),
  slice: taking(
    [
      { name: 'from', type: 'position' },
      { name: 'to', type: 'position', optional: true },
    ],
    'The characters from one position up to another, counted from 0; negative ones count from the end.',
    ['{{ card.expiry | slice: 3, 5 }}', '30'],
    (s, args) => s.slice(args.number(0), args.number(1, s.length)),
  ),
  pad_left: taking(
    [count, fill],
    'Filled on the left to n characters, with `0` or the given character.',
    ['{{ card.exp_month | pad_left: 4 }}', '0003'],
    (s, args) => s.padStart(args.number(0), args.text(1, '0')),
  ),
  pad_right: taking(
    [count, fill],
    'Filled on the right to n characters, with a space or the given character.',
    ["{{ card.brand | pad_right: 6, '.' }}", 'visa..'],
    (s, args) => s.padEnd(args.number(0), args.text(1, ' ')),
  ),
  prepend: taking(
    [text],
    'Text before it.',
    ["{{ card.exp_year | prepend: 'Y' }}", 'Y2030'],
    (s, args) => args.text(0).concat(s),
  ),
  append: taking(
    [text],
    'Text after it.',
    ["{{ card.exp_year | append: '-' }}", '2030-'],
    (s, args) => s.concat(args.text(0)),
  ),
  replace: taking(
    [
      { name: 'old', type: 'text' },
      { name: 'new', type: 'text' },
    ],
    'Every occurrence of one text replaced by another.',
    ["{{ card.expiry | replace: '/', '-' }}", '03-30'],
    (s, args) => (args.text(0) === '' ? s : s.replaceAll(args.text(0), () => args.text(1))),
  ),
  map: taking(
    [
      { name: 'old', type: 'text' },
      { name: 'new', type: 'text', repeated: true },
    ],
    'One of several values by another: pairs, and at the end a value for all else, without which all else is refused.',
    ["{{ card.brand | map: 'visa', '001', 'mastercard', '002' }}", '001'],
    (s, args) => mapped(s, args.list),
  ),
  default: {
    parameters: [text],
    doc: 'The given text where the token has no such value, or an empty one.',
    example: ["{{ card.holder | default: 'UNKNOWN' }}", 'Zoë Martin'],
    make: (args) => (value) => (value === null || value === '' ? String(args[0]) : value),
  },
  json: {
    parameters: [],
    doc: 'Its JSON text, quotes and escapes included: for JSON inside text.',
    example: ['{{ card.holder | json }}', '"Zoë Martin"'],
    make: () => toJson,
  },
  url: plain(
    'Percent-encoded, for a URL inside text.',
    ['{{ card.holder | url }}', 'Zo%C3%AB%20Martin'],
    percentEncode,
  ),
  base64: encoded('Base64 of its UTF-8 bytes.', 'base64', 'Wm/DqyBNYXJ0aW4='),
  base64url: encoded('Base64 for URLs, without padding.', 'base64url', 'Wm_DqyBNYXJ0aW4'),
  hex: encoded('Its UTF-8 bytes in lower-case hexadecimal.', 'hex', '5a6fc3ab204d617274696e'),
}

function encoded(
  doc: string,
  name: 'base64' | 'base64url' | 'hex',
  gives: string,
): FilterDefinition {
  return {
    parameters: [],
    doc,
    example: [`{{ card.holder | ${name} }}`, gives],
    make: () => (value) => Buffer.from(asBytes(value)).toString(name),
  }
}
