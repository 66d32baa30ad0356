/**
 * @module Fills in the `<names>` of a case: what `given` set, addresses, credentials, and small functions of text.
 */

/** Gives the text for a name, or null where it knows none: then `<name>` stays, as in XML. */
export type Lookup = (name: string, argument: string | null) => Promise<string | null>

const INNERMOST = /<([A-Za-z][\w-]*)(?::([^<>]*))?>/g

const FUNCTIONS: Readonly<Record<string, (text: string) => string>> = {
  base64: (text) => Buffer.from(text).toString('base64'),
  url: encodeURIComponent,
}

/** The text with all variables filled in, the innermost first: `<base64:token/<id>>`. */
export async function fillIn(text: string, lookup: Lookup): Promise<string> {
  let filled = text
  for (let depth = 0; depth < 4; depth++) {
    const before = filled
    const values = new Map<string, string>()
    for (const [whole, name = '', argument] of before.matchAll(INNERMOST)) {
      const value =
        argument !== undefined && FUNCTIONS[name]
          ? FUNCTIONS[name](argument)
          : await lookup(name, argument ?? null)
      if (value !== null) values.set(whole, value)
    }
    filled = before.replace(INNERMOST, (whole: string) => values.get(whole) ?? whole)
    if (filled === before) break
  }
  return filled
}
