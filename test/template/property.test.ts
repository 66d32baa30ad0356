/** @module Random documents, placeholders and values: what the PSP parses is what was meant, and the rest keeps its bytes. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Template } from '../../src/adapter.ts'
import { GatewayError } from '../../src/errors.ts'
import { escapeValue } from '../../src/template/escape.ts'
import { compileForm } from '../../src/template/form.ts'
import { compileJson } from '../../src/template/json.ts'
import { nativeGrammar } from '../../src/template/native.ts'
import { compileUrl } from '../../src/template/url.ts'
import { compileXml } from '../../src/template/xml.ts'
import { literals, render, renderText } from './render.ts'
import { readXml } from './xml-oracle.ts'
import type { XmlEvent } from './xml-oracle.ts'

const RUNS = { numRuns: 300 }
const grammar = nativeGrammar(['payer'])

/** Names that break templates, JSON, forms, XML, headers or URLs, and one that is a placeholder itself. */
const NASTY = [
  '{{ card.number }}',
  '${cardNumber}',
  'O\'Neil "Bob" & <Sons>',
  '\\',
  '\\"',
  '"},{"x":"',
  '</a><b>',
  ']]>',
  ']]',
  '&amp;',
  '%41+%zz',
  'a=b&c=d',
  '}}',
  '{{',
  '\u2028\u2029',
  'Zoë 李 😀',
  '\r\nX: y',
  '\t',
  ' ',
  'İı',
  '-->',
  '$&$1',
  '../..',
  '\u0000',
  '\u001b[0m',
  '',
]
const nasty = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
)
const forXml = (text: string): string =>
  text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')

interface Meaning {
  readonly spelled: string
  /** In place of a whole JSON string, and elsewhere as text. */
  readonly value: (holder: string, payer: string) => string | number
}

const PLACEHOLDERS: readonly Meaning[] = [
  { spelled: '{{ card.number }}', value: () => '4242424242424242' },
  { spelled: '{{card.holder}}', value: (holder) => holder },
  { spelled: '{{ card.holder | append: "}}" }}', value: (holder) => `${holder}}}` },
  {
    spelled: "{{\tcard.holder|replace:'/','<é&>' }}",
    value: (holder) => holder.replaceAll('/', '<é&>'),
  },
  { spelled: '{{ payer.holder | json }}', value: (_, payer) => JSON.stringify(payer) },
  { spelled: '{{ card.exp_month | number }}', value: () => 3 },
]

/** A string of a document: literal text and placeholders by turns. Text never opens a placeholder itself. */
const pieces = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: nasty.map((text) => text.replaceAll('{', '(')) },
      fc.constantFrom(...PLACEHOLDERS),
    ),
    { maxLength: 4 },
  )
  // Beside an empty text, a placeholder would still be a whole string.
  .map((list) => list.filter((piece) => piece !== ''))
type Pieces = readonly (string | Meaning)[]

function meant(list: Pieces, holder: string, payer: string): string {
  return list
    .map((piece) => (typeof piece === 'string' ? piece : piece.value(holder, payer)))
    .join('')
}

function values(holder: string, payer: string) {
  return {
    '.card.number': '4242424242424242',
    '.card.exp_month': '03',
    '.card.holder': holder,
    'payer.card.holder': payer,
  }
}

/** A document in the making: its source, and the literal texts that its template must have. */
class Document {
  source = ''
  readonly expected: (string | null)[] = []

  text(text: string): void {
    this.source += text
    if (text === '') return
    const last = this.expected.at(-1)
    if (typeof last === 'string') this.expected[this.expected.length - 1] = last + text
    else this.expected.push(text)
  }

  hole(spelled: string): void {
    this.source += spelled
    this.expected.push(null)
  }

  pieces(list: Pieces, spell: (text: string) => string): void {
    for (const piece of list) {
      if (typeof piece === 'string') this.text(spell(piece))
      else this.hole(spell(piece.spelled))
    }
  }

  check(template: Template): void {
    expect(literals(template)).toEqual(this.expected.length > 0 ? this.expected : [''])
  }
}

type JsonTree =
  | { readonly raw: string }
  | { readonly pieces: Pieces }
  | { readonly items: readonly JsonTree[] }
  | { readonly entries: readonly (readonly [string, JsonTree])[] }

const { json } = fc.letrec<{ json: JsonTree }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .constantFrom('1.10', '1e2', '9007199254740993', '-0', '1E400', 'true', 'false', 'null')
      .map((raw) => ({ raw })),
    pieces.map((list) => ({ pieces: list })),
    fc.constantFrom(...PLACEHOLDERS).map((one) => ({ pieces: [one] })),
    fc.array(tie('json'), { maxLength: 4 }).map((items) => ({ items })),
    fc
      .uniqueArray(
        fc.tuple(
          fc.oneof(
            nasty.map((key) => key.replaceAll('{', '(')),
            fc.constant('__proto__'),
          ),
          tie('json'),
        ),
        {
          maxLength: 4,
          selector: ([key]) => key,
        },
      )
      .map((entries) => ({ entries })),
  ),
}))

const JSON_SPELLINGS: readonly ((text: string) => string)[] = [
  (text) => JSON.stringify(text).slice(1, -1),
  (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
  (text) =>
    text
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
]

function writeJson(
  tree: JsonTree,
  out: Document,
  spell: (text: string) => string,
  space: string,
): void {
  out.text(space)
  if ('raw' in tree) out.text(tree.raw)
  else if ('pieces' in tree) {
    const [only] = tree.pieces
    if (tree.pieces.length === 1 && typeof only === 'object') out.hole(`"${spell(only.spelled)}"`)
    else {
      out.text('"')
      out.pieces(tree.pieces, spell)
      out.text('"')
    }
  } else {
    const list = 'items' in tree ? tree.items.map((item) => ['', item] as const) : tree.entries
    out.text('items' in tree ? '[' : '{')
    for (const [i, [key, item]] of list.entries()) {
      if (i > 0) out.text(`${space},`)
      if ('entries' in tree) out.text(`${space}"${spell(key)}"${space}:`)
      writeJson(item, out, spell, space)
    }
    out.text('items' in tree ? ']' : '}')
  }
  out.text(space)
}

/** The JSON text that the rendered document must mean. */
function meantJson(tree: JsonTree, holder: string, payer: string): string {
  if ('raw' in tree) return tree.raw
  if ('items' in tree)
    return `[${tree.items.map((item) => meantJson(item, holder, payer)).join(',')}]`
  if ('entries' in tree) {
    return `{${tree.entries.map(([key, item]) => `${JSON.stringify(key)}:${meantJson(item, holder, payer)}`).join(',')}}`
  }
  const [only] = tree.pieces
  const whole = tree.pieces.length === 1 && typeof only === 'object'
  return JSON.stringify(whole ? only.value(holder, payer) : meant(tree.pieces, holder, payer))
}

test('JSON', () => {
  const style = fc.tuple(
    fc.constantFrom(...JSON_SPELLINGS),
    fc.constantFrom('', ' ', '\n\t', '\r\n '),
  )
  fc.assert(
    fc.property(json, style, nasty, nasty, (tree, [spell, space], holder, payer) => {
      const document = new Document()
      writeJson(tree, document, spell, space)
      const template = compileJson(document.source, grammar, 'body')
      document.check(template)
      const rendered = JSON.parse(render(template, values(holder, payer)))
      expect(JSON.stringify(rendered)).toBe(
        JSON.stringify(JSON.parse(meantJson(tree, holder, payer))),
      )
      expect(Object.prototype).not.toHaveProperty('x')
    }),
    RUNS,
  )
})

const FORM_SPELLINGS: readonly ((text: string) => string)[] = [
  (text) => encodeURIComponent(text),
  (text) => String(new URLSearchParams({ x: text })).slice(2),
  (text) => text.replace(/[%&=+#]|[^\x21-\x7e]+/g, encodeURIComponent),
  (text) => encodeURIComponent(text).replace(/%../g, (hex) => hex.toLowerCase()),
]

test('forms', () => {
  const name = nasty.map((text) => text.replaceAll('{', '('))
  const pair = fc.tuple(name, pieces, fc.constantFrom(...FORM_SPELLINGS))
  fc.assert(
    fc.property(
      fc.array(pair, { minLength: 1, maxLength: 6 }),
      nasty,
      nasty,
      (pairs, holder, payer) => {
        const document = new Document()
        for (const [i, [key, list, spell]] of pairs.entries()) {
          document.text(`${i > 0 ? '&' : ''}${spell(key)}=`)
          document.pieces(list, spell)
        }
        const template = compileForm(document.source, grammar, 'body')
        document.check(template)
        const rendered = [...new URLSearchParams(render(template, values(holder, payer)))]
        expect(rendered).toEqual(pairs.map(([key, list]) => [key, meant(list, holder, payer)]))
      },
    ),
    RUNS,
  )
})

type XmlTree =
  | { readonly kind: 'text' | 'cdata'; readonly pieces: Pieces }
  | { readonly kind: 'comment'; readonly text: string }
  | {
      readonly kind: 'element'
      readonly name: string
      readonly attributes: readonly (readonly [string, Pieces])[]
      readonly children: readonly XmlTree[]
    }
type Element = Extract<XmlTree, { kind: 'element' }>

const xmlPieces = pieces.map((list) =>
  list.map((piece) => (typeof piece === 'string' ? forXml(piece) : piece)),
)
const { element } = fc.letrec<{ element: Element; node: XmlTree }>((tie) => ({
  element: fc.record({
    kind: fc.constant('element' as const),
    name: fc.constantFrom('a', 'soap:Envelope', 'Card-No.1', '_é'),
    attributes: fc.uniqueArray(fc.tuple(fc.constantFrom('n', 'xmlns:x', 'é'), xmlPieces), {
      selector: ([name]) => name,
      maxLength: 2,
    }),
    children: fc.array(tie('node'), { maxLength: 4, depthIdentifier: 'xml' }),
  }),
  node: fc.oneof(
    { depthSize: 'small', depthIdentifier: 'xml' },
    xmlPieces.map((list) => ({ kind: 'text' as const, pieces: list })),
    xmlPieces.map((list) => ({ kind: 'cdata' as const, pieces: list })),
    fc
      .constantFrom(' {{ card.number }} ', '', 'x & <y>')
      .map((text) => ({ kind: 'comment' as const, text })),
    tie('element'),
  ),
}))

const XML_SPELLINGS: readonly ((text: string) => string)[] = [
  (text) => text.replace(/[&<>"'\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`),
  (text) => text.replace(/./gsu, (char) => `&#x${char.codePointAt(0)?.toString(16)};`),
  (text) =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replace(/[\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`),
]

function writeXml(tree: XmlTree, out: Document, spell: (text: string) => string): void {
  switch (tree.kind) {
    case 'text':
      return out.pieces(tree.pieces, spell)
    case 'cdata':
      out.text('<![CDATA[')
      out.pieces(tree.pieces, cdataText)
      return out.text(']]>')
    case 'comment':
      return out.text(`<!--${tree.text}-->`)
    default:
      out.text(`<${tree.name}`)
      for (const [name, list] of tree.attributes) {
        out.text(`\n ${name} = "`)
        out.pieces(list, spell)
        out.text('"')
      }
      out.text('>')
      for (const child of tree.children) writeXml(child, out, spell)
      out.text(`</${tree.name} >`)
  }
}

/** CDATA has no escapes: what it cannot hold is left out of the document. */
function cdataText(text: string): string {
  return text.replace(/[\]\r]/g, '')
}

function meantXml(tree: XmlTree, holder: string, payer: string, out: XmlEvent[]): void {
  if (tree.kind === 'comment') return
  if (tree.kind !== 'element') {
    const cdata = tree.kind === 'cdata'
    const list = tree.pieces.map((piece) =>
      typeof piece === 'string' && cdata ? cdataText(piece) : piece,
    )
    out.push(['text', meant(list, holder, payer)])
    return
  }
  const attributes = tree.attributes.map(
    ([name, list]) => [name, meant(list, holder, payer)] as const,
  )
  out.push(['open', tree.name, Object.fromEntries(attributes)])
  for (const child of tree.children) meantXml(child, holder, payer, out)
  out.push(['close', tree.name])
}

/** Neighbouring texts as one, empty ones left out. */
function joined(events: readonly XmlEvent[]): XmlEvent[] {
  const out: XmlEvent[] = []
  for (const event of events) {
    const last = out.at(-1)
    if (event[0] === 'text' && event[1] === '') continue
    if (event[0] === 'text' && last?.[0] === 'text')
      out[out.length - 1] = ['text', last[1] + event[1]]
    else out.push(event)
  }
  return out
}

test('XML', () => {
  const holders = nasty.map(forXml)
  fc.assert(
    fc.property(
      element,
      fc.constantFrom(...XML_SPELLINGS),
      holders,
      holders,
      (tree, spell, holder, payer) => {
        const document = new Document()
        document.text('<?xml version="1.0"?>\n')
        writeXml(tree, document, spell)
        const template = compileXml(document.source, grammar, 'body')
        document.check(template)
        const rendered = render(template, values(holder, payer))
        const expected: XmlEvent[] = []
        meantXml(tree, holder, payer, expected)
        expect(joined(readXml(rendered))).toEqual(joined(expected))
        // What was written is well-formed by our own reader too.
        compileXml(rendered, { name: 'none', find: () => [] }, 'body')
      },
    ),
    RUNS,
  )
})

describe('heads', () => {
  test('URLs', () => {
    fc.assert(
      fc.property(
        nasty,
        nasty,
        fc.constantFrom(encodeURIComponent, (text: string) => text),
        (holder, payer, spell) => {
          const [a, b] = ['{{ card.holder }}', '{{ payer.holder }}'].map(spell)
          const compiled = compileUrl(`https://h.test/x/${a}/y?q=1${b}&${'r=2'}`, grammar, 'url')
          const refused = holder === '' || holder === '.' || holder === '..'
          if (refused) {
            expect(() => renderText(compiled.path, 'path', values(holder, payer))).toThrow(
              GatewayError,
            )
            return
          }
          const path = renderText(compiled.path, 'path', values(holder, payer))
          const query = renderText(compiled.query ?? '', 'query', values(holder, payer))
          const url = new URL(`${compiled.origin}${path}?${query}`)
          expect(url.href).toBe(`https://h.test${path}?${query}`)
          expect(url.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'x', holder, 'y'])
          expect([...url.searchParams]).toEqual([
            ['q', `1${payer}`],
            ['r', '2'],
          ])
        },
      ),
      RUNS,
    )
  })

  test('headers hold the value itself or refuse it', () => {
    fc.assert(
      fc.property(nasty, (value) => {
        const safe = [...value].every((char) => {
          const code = char.codePointAt(0) ?? 0
          return code >= 0x20 && code <= 0xff && code !== 0x7f
        })
        if (safe) expect(escapeValue(value, 'header', 'h')).toBe(value)
        else expect(() => escapeValue(value, 'header', 'h')).toThrow(GatewayError)
      }),
      RUNS,
    )
  })
})
