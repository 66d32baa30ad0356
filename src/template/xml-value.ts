/**
 * @module XML as JSON, for adapters that read answers: the shape is that of the fields they write.
 */
import type { Json } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import { scanXml } from './xml-scan.ts'

interface Open {
  readonly name: string
  readonly children: Map<string, Json[]>
  text: string
}

/**
 * A document as `{root: ..}`: an element is a record of its elements, `@name` attributes and `#text`, or its text alone where
 * it has nothing else. A repeated element is a list. Undefined for what is not well-formed, and for document types.
 */
export function xmlValue(source: string): Json | undefined {
  const document: Open = { name: '', children: new Map(), text: '' }
  const stack = [document]
  const current = (): Open => stack.at(-1) ?? document
  const add = (to: Open, name: string, value: Json): void => {
    const before = to.children.get(name)
    if (before) before.push(value)
    else to.children.set(name, [value])
  }
  try {
    scanXml(
      source,
      'answer',
      ({ kind, value, path }) => {
        if (kind === 'attribute') add(current(), path.slice(path.lastIndexOf('@')), value)
        else current().text += value
      },
      {
        open: (name) => stack.push({ name, children: new Map(), text: '' }),
        close() {
          const done = stack.pop() ?? document
          add(current(), done.name, valueOf(done))
        },
      },
    )
  } catch (error) {
    if (error instanceof GatewayError) return undefined
    throw error
  }
  return valueOf(document)
}

function valueOf({ children, text }: Open): Json {
  const written = text.trim()
  if (children.size === 0) return written
  const entries = [...children].map(([name, values]): [string, Json] => {
    const [first] = values
    return [name, values.length === 1 && first !== undefined ? first : values]
  })
  if (written !== '') entries.push(['#text', written])
  return Object.fromEntries(entries)
}
