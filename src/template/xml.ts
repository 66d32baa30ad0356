/**
 * @module Templates in XML and SOAP: placeholders in text, attributes and CDATA, found after references are resolved.
 */
import type { Escape, Template } from '../adapter.ts'
import type { Grammar } from './grammar.ts'
import { Parts } from './parts.ts'
import { scanXml } from './xml-scan.ts'
import type { XmlText } from './xml-scan.ts'
import { references } from './xml-text.ts'

const ESCAPES = {
  text: 'xml-text',
  attribute: 'xml-attribute',
  cdata: 'xml-cdata',
} as const satisfies Record<XmlText['kind'], Escape>

/**
 * Compiles an XML document. Comments are not searched; every byte outside placeholders is kept.
 * @throws GatewayError `invalid_request` for XML that is not well-formed or has a document type, `invalid_template` for a
 * placeholder that is wrong.
 */
export function compileXml(source: string, grammar: Grammar, where: string): Template {
  const parts = new Parts(source)
  scanXml(source, where, ({ kind, start, end, value, path }) => {
    const found = grammar.find(value, path)
    if (found.length === 0) return
    // Without references, the spelling is the value itself.
    const encoding = value.length === end - start ? undefined : references
    parts.put(found, { start, encoding }, ESCAPES[kind], path)
  })
  return parts.done()
}
