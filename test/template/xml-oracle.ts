/**
 * @module A small reader of well-formed XML for tests, written independently of the scanner under test.
 */

export type XmlEvent =
  | readonly ['open', name: string, attributes: Readonly<Record<string, string>>]
  | readonly ['text', text: string]
  | readonly ['close', name: string]

const TOKEN =
  /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<\/([^\s>]+)\s*>|<([^\s>/]+)((?:[^>"]|"[^"]*")*?)(\/?)>|([^<]+)/g

/** The events of a document, line ends and attribute white space normalised as XML says. */
export function readXml(source: string): XmlEvent[] {
  const events: XmlEvent[] = []
  let depth = 0
  let covered = 0
  for (const match of source.matchAll(TOKEN)) {
    if (match.index !== covered) throw new Error(`unreadable at ${covered}`)
    covered += match[0].length
    const [, cdata, close, open, attributes = '', empty, text] = match
    if (cdata !== undefined) events.push(['text', lines(cdata)])
    else if (close !== undefined) {
      events.push(['close', close])
      depth--
    } else if (open !== undefined) {
      const pairs = [...attributes.matchAll(/([^\s=]+)\s*=\s*"([^"]*)"/g)].map(
        ([, name = '', value = '']) =>
          [name, references(lines(value).replace(/[\t\n]/g, ' '))] as const,
      )
      events.push(['open', open, Object.fromEntries(pairs)])
      if (empty) events.push(['close', open])
      else depth++
    } else if (text !== undefined && depth > 0) events.push(['text', references(lines(text))])
  }
  if (covered !== source.length || depth !== 0) throw new Error('unreadable at the end')
  return events
}

function lines(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}

function references(text: string): string {
  return text.replace(/&(#x?)?([^;]*);/g, (_, number: string | undefined, name: string) => {
    if (number) return String.fromCodePoint(Number.parseInt(name, number === '#x' ? 16 : 10))
    return { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[name] ?? '?'
  })
}
