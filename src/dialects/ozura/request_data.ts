/**
 * @module `request_data` as a body: JSON byte for byte, or what the content type in `http_headers` asks for.
 */
import type { Template } from '../../adapter.ts'
import type { JsonNode } from '../../json.ts'
import { bodyFormat, compileBody } from '../../template/compile.ts'
import { escapeValue } from '../../template/escape.ts'
import { compileForm } from '../../template/form.ts'
import { compileJsonNode } from '../../template/json.ts'
import { ozuraGrammar } from '../../template/ozura.ts'
import { invalidValue } from './answer.ts'

const WHERE = 'request_data'

/**
 * The body. An object under the content type of a form is written as one; a text under another type than JSON is the body
 * itself. `text` is what the node was read from.
 */
export function requestData(text: string, data: JsonNode, contentType: string): Template {
  const format = bodyFormat(contentType)
  if (data.kind === 'string' && format !== 'json') {
    return compileBody(data.value, contentType, ozuraGrammar, WHERE)
  }
  switch (format) {
    case 'form':
      if (data.kind !== 'object') throw invalidValue(WHERE, 'A form is an object or a text.')
      return compileForm(pairs(data, '', text).join('&'), ozuraGrammar, WHERE)
    case 'xml':
      throw invalidValue(WHERE, 'XML is a text.', 'Send request_data as a text with the XML in it.')
    default:
      return compileJsonNode(text, data, ozuraGrammar, WHERE)
  }
}

/** `a[b][0]=c`: brackets for depth, as PHP and Rails read them. Numbers keep their spelling. */
function pairs(node: JsonNode, name: string, text: string): readonly string[] {
  switch (node.kind) {
    case 'object':
      return node.entries.flatMap(({ key, value }) =>
        pairs(value, name === '' ? key : `${name}[${key}]`, text),
      )
    case 'array':
      return node.items.flatMap((item, at) => pairs(item, `${name}[${at}]`, text))
    default: {
      const value = node.kind === 'string' ? node.value : text.slice(node.start, node.end)
      const key = escapeValue(name, 'form', WHERE).replace(/%5B/g, '[').replace(/%5D/g, ']')
      return [`${key}=${node.kind === 'null' ? '' : escapeValue(value, 'form', WHERE)}`]
    }
  }
}
