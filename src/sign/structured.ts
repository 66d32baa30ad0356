/**
 * @module As much of structured fields as signatures need: dictionaries of byte sequences and of inner lists. RFC 8941.
 */

export interface SignatureInput {
  /** The items of the inner list, each with its parameters, as they are spelled. */
  readonly items: readonly string[]
  /** Parameters of the list; strings without their quotes. */
  readonly params: ReadonlyMap<string, string>
  /** The whole, as it is spelled: the value of `@signature-params`. */
  readonly raw: string
}

/** The members of a dictionary, their values as they are spelled. A name that comes twice counts by its last value. */
export function dictionary(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>()
  for (const member of split(text, ',')) {
    const found = /^\s*([a-z*][a-z0-9_.*-]*)=(.*)$/s.exec(member)
    if (found) members.set(found[1] ?? '', (found[2] ?? '').trim())
  }
  return members
}

/** `("@method" "content-digest");created=1;keyid="k"`, or null where it is none. */
export function signatureInput(raw: string): SignatureInput | null {
  const [list = '', ...rest] = split(raw, ';')
  const inner = /^\((.*)\)$/s.exec(list.trim())
  if (!inner) return null
  const items = split(inner[1] ?? '', ' ').filter((item) => item !== '')
  const params = new Map<string, string>()
  for (const part of rest) {
    const found = /^\s*([a-z*][a-z0-9_.*-]*)(?:=(.*))?$/s.exec(part)
    if (!found) return null
    params.set(found[1] ?? '', unquoted((found[2] ?? '').trim()))
  }
  return { items, params, raw }
}

/** Splits outside of quotes and round brackets. */
function split(text: string, separator: string): readonly string[] {
  const parts: string[] = []
  let [start, depth, quoted] = [0, 0, false]
  for (let index = 0; index < text.length; index++) {
    const sign = text[index]
    if (quoted && sign === '\\') index++
    else if (sign === '"') quoted = !quoted
    else if (quoted) continue
    else if (sign === '(') depth++
    else if (sign === ')') depth--
    else if (sign === separator && depth === 0) {
      parts.push(text.slice(start, index))
      start = index + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text
}
