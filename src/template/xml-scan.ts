/**
 * @module A strict scanner of XML 1.0 without document types: checks that it is well-formed and shows each text.
 */
import { GatewayError } from '../errors.ts'
import { NOT_XML, decodeReferences } from './xml-text.ts'

/** A text of the document: its spelling's extent in the source, and what it stands for. */
export interface XmlText {
  readonly kind: 'text' | 'attribute' | 'cdata'
  readonly start: number
  readonly end: number
  readonly value: string
  /** Names of the elements from the root on, joined by dots; attributes end in `@name`. */
  readonly path: string
}

/** Told of elements as they begin, before their attributes, and as they end. */
export interface XmlElements {
  open(name: string): void
  close(): void
}

const MAX_DEPTH = 64

const NAME =
  /[:A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\u{10000}-\u{effff}][:A-Z_a-z0-9.\u00b7\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u037d\u037f-\u1fff\u200c\u200d\u203f\u2040\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\u{10000}-\u{effff}-]*/uy
const DECLARATION =
  /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.[0-9]"|'1\.[0-9]')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/y

/**
 * Scans a document and shows every text to `visit`, in order; comments and white space between elements are not shown.
 *
 * Document types, entities of one's own and processing instructions are refused: no PSP needs them, and parsers that obey
 * them read files and fetch URLs.
 * @throws GatewayError `invalid_request` with line and column, never with what stands there.
 */
export function scanXml(
  source: string,
  where: string,
  visit: (text: XmlText) => void,
  elements?: XmlElements,
): void {
  new Scanner(source, where, visit, elements).document()
}

class Scanner {
  readonly #source: string
  readonly #where: string
  readonly #visit: (text: XmlText) => void
  readonly #elements: XmlElements | undefined
  readonly #open: { readonly name: string; readonly path: string }[] = []
  #at = 0
  #rooted = false

  constructor(
    source: string,
    where: string,
    visit: (text: XmlText) => void,
    elements: XmlElements | undefined,
  ) {
    this.#source = source
    this.#where = where
    this.#visit = visit
    this.#elements = elements
  }

  document(): void {
    const source = this.#source
    const bad = NOT_XML.exec(source)
    if (bad) this.#fail('a character that XML cannot hold', bad.index)
    if (source.startsWith('\ufeff')) this.#at = 1
    this.#match(DECLARATION)
    while (this.#at < source.length) {
      const markup = source.indexOf('<', this.#at)
      this.#text(markup < 0 ? source.length : markup)
      if (markup >= 0) this.#markup()
    }
    if (this.#open.length > 0) this.#fail('an element is not closed')
    if (!this.#rooted) this.#fail('there is no element')
  }

  #text(end: number): void {
    const start = this.#at
    if (end === start) return
    if (this.#skipSpace() < end) {
      const current = this.#open.at(-1)
      if (!current) this.#fail('text outside the root element')
      const raw = this.#source.slice(start, end)
      const stray = raw.indexOf(']]>')
      if (stray >= 0) this.#fail('`]]>` in text', start + stray)
      const value = this.#decode(raw, start)
      this.#visit({ kind: 'text', start, end, value, path: current.path })
    }
    this.#at = end
  }

  #markup(): void {
    const source = this.#source
    const at = this.#at
    if (source.startsWith('</', at)) this.#closingTag()
    else if (source.startsWith('<!--', at)) this.#comment()
    else if (source.startsWith('<![CDATA[', at)) this.#cdata()
    else if (source.startsWith('<!', at)) this.#fail('a document type is not accepted')
    else if (source.startsWith('<?', at)) this.#fail('a processing instruction is not accepted')
    else this.#openingTag()
  }

  #openingTag(): void {
    this.#at++
    const name = this.#name()
    const parent = this.#open.at(-1)
    if (!parent && this.#rooted) this.#fail('a second root element')
    if (this.#open.length === MAX_DEPTH) this.#fail('nested too deeply')
    this.#rooted = true
    this.#elements?.open(name)
    const path = `${parent ? parent.path : this.#where}.${name}`
    this.#attributes(path)
    if (this.#take('/>')) return this.#elements?.close()
    if (!this.#take('>')) this.#fail('a tag is not closed')
    this.#open.push({ name, path })
  }

  #attributes(path: string): void {
    const seen = new Set<string>()
    for (;;) {
      const before = this.#at
      const next = this.#source.charAt(this.#skipSpace())
      if (next === '>' || next === '/' || next === '') return
      if (this.#at === before) this.#fail('white space is expected before an attribute')
      const name = this.#name()
      if (seen.has(name)) this.#fail('an attribute is repeated')
      seen.add(name)
      this.#skipSpace()
      if (!this.#take('=')) this.#fail('an equals sign is expected after an attribute')
      this.#skipSpace()
      this.#attributeValue(`${path}@${name}`)
    }
  }

  #attributeValue(path: string): void {
    const quote = this.#source.charAt(this.#at)
    if (quote !== '"' && quote !== "'") this.#fail('a value in quotes is expected')
    const start = this.#at + 1
    const end = this.#source.indexOf(quote, start)
    if (end < 0) this.#fail('a value is not closed')
    const raw = this.#source.slice(start, end)
    const stray = raw.indexOf('<')
    if (stray >= 0) this.#fail('`<` in an attribute', start + stray)
    this.#visit({ kind: 'attribute', start, end, value: this.#decode(raw, start), path })
    this.#at = end + 1
  }

  #closingTag(): void {
    this.#at += 2
    const name = this.#name()
    if (this.#open.pop()?.name !== name) this.#fail('a closing tag does not match')
    this.#skipSpace()
    if (!this.#take('>')) this.#fail('a tag is not closed')
    this.#elements?.close()
  }

  #comment(): void {
    const end = this.#source.indexOf('--', this.#at + 4)
    if (end < 0) this.#fail('a comment is not closed')
    this.#at = end
    if (!this.#take('-->')) this.#fail('`--` in a comment')
  }

  #cdata(): void {
    const current = this.#open.at(-1)
    if (!current) this.#fail('text outside the root element')
    const start = this.#at + '<![CDATA['.length
    const end = this.#source.indexOf(']]>', start)
    if (end < 0) this.#fail('CDATA is not closed')
    const value = this.#source.slice(start, end)
    this.#visit({ kind: 'cdata', start, end, value, path: current.path })
    this.#at = end + 3
  }

  #decode(raw: string, start: number): string {
    const value = decodeReferences(raw)
    return typeof value === 'string' ? value : this.#fail('an unknown reference', start + value)
  }

  #name(): string {
    const start = this.#at
    if (isAsciiNameStart(this.#source.charCodeAt(start))) {
      let at = start + 1
      while (isAsciiNameCharacter(this.#source.charCodeAt(at))) at++
      // Nearly all names are ASCII, and the expression below is slow.
      if (!(this.#source.charCodeAt(at) >= 0x80)) {
        this.#at = at
        return this.#source.slice(start, at)
      }
    }
    return this.#match(NAME) ?? this.#fail('a name is expected')
  }

  #skipSpace(): number {
    let code = this.#source.charCodeAt(this.#at)
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      code = this.#source.charCodeAt(++this.#at)
    }
    return this.#at
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #match(sticky: RegExp): string | null {
    sticky.lastIndex = this.#at
    const text = sticky.exec(this.#source)?.[0] ?? null
    if (text !== null) this.#at += text.length
    return text
  }

  #fail(what: string, at = this.#at): never {
    const before = this.#source.slice(0, at)
    const line = before.split('\n').length
    const column = at - before.lastIndexOf('\n')
    const message = `Not well-formed XML at line ${line}, column ${column}: ${what}.`
    throw new GatewayError('invalid_request', message, {
      param: this.#where,
      hint: 'Send XML 1.0 without a document type.',
    })
  }
}

function isAsciiNameStart(code: number): boolean {
  const lower = code | 0x20
  return (lower >= 0x61 && lower <= 0x7a) || code === 0x5f || code === 0x3a
}

function isAsciiNameCharacter(code: number): boolean {
  return isAsciiNameStart(code) || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2e
}
