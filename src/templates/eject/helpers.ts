/**
 * @module The functions that an ejected adapter is written with: those it uses are put below it.
 */

/** Text of each helper, by its name, in the order in which they stand. They are closed over nothing but each other. */
const HELPERS: Readonly<Record<string, string>> = {
  some: `/** What is there: an empty text is not. */
function some<T extends Json>(value: T | undefined): T | undefined {
  return value === '' || value === null ? undefined : value
}`,
  asText: `function asText(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}`,
  asNumber: `function asNumber(value: Json | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}`,
  lower: `function lower(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : String(value).toLowerCase()
}`,
  upper: `function upper(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : String(value).toUpperCase()
}`,
  encoded: `function encoded(value: Json | undefined): string {
  return encodeURIComponent(String(value ?? ''))
}`,
  joined: `/** Text with holes; undefined where a part of it is missing. */
function joined(...parts: (string | Hole<K> | Json | undefined)[]): Text<K> {
  if (parts.includes(undefined)) return NOTHING
  // What is an object is a hole: values in a text are scalars.
  return parts.map((part) => (typeof part === 'object' ? (part as Hole<K>) : String(part)))
}`,
  asJoined: `function asJoined(...parts: (Json | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join('')
}`,
  present: `/** Without the headers of which a part is missing. */
function present(headers: { [name: string]: Text<K> }): { [name: string]: Text<K> } {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== NOTHING))
}`,
  NOTHING: `const NOTHING: Text<K> = []`,
  choose: `/** One of several, by a word that is among them. */
function choose(word: string | undefined, cases: { [word: string]: Field<K> }): Field<K> {
  return word !== undefined && Object.hasOwn(cases, word) ? cases[word] : undefined
}`,
  withExtra: `type Fields = { [name: string]: Field<K> }

/** The caller's further fields, merged last. */
function withExtra(fields: Fields, extra: { readonly [name: string]: Field<K> }): Fields {
  const all = new Map(Object.entries(fields))
  for (const [name, value] of Object.entries(extra)) {
    const before = all.get(name)
    all.set(name, isRecord(before) && isRecord(value) ? withExtra(before, value) : value)
  }
  return Object.fromEntries(all)
}

/** Holes are objects of a class, and no records. */
function isRecord(value: Field<K>): value is Fields {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  )
}`,
  withExtraInRoot: `/** The same inside the root element. */
function withExtraInRoot(
  fields: Fields,
  extra: { readonly [name: string]: Field<K> },
): Fields {
  const [root, ...others] = Object.keys(fields)
  if (root === undefined || others.length > 0) return withExtra(fields, extra)
  const inner = fields[root]
  return { [root]: withExtra(isRecord(inner) ? inner : {}, extra) }
}`,
  without: `function without(extra: Intent['extra'], ...names: string[]): Intent['extra'] {
  return Object.fromEntries(Object.entries(extra).filter(([name]) => !names.includes(name)))
}`,
  time: `/** Seconds since 1970 in the forms that PSPs ask for. All are UTC. */
function time(now: number, form: string): string | number {
  const iso = new Date(now * 1000).toISOString()
  if (form === 'seconds') return now
  if (form === 'ms') return now * 1000
  if (form === 'iso_ms') return iso
  if (form === 'date') return iso.slice(0, 10)
  return form === 'iso' ? iso.replace('.000', '') : iso.slice(0, 19).replace(/\\D/g, '')
}`,
  when: `/** A complaint, where there is reason for it. */
function when(wrong: boolean, complaint: string): string[] {
  return wrong ? [complaint] : []
}`,
  isPathPart: `/** What becomes a part of the path must not lead elsewhere. */
function isPathPart(value: Json | undefined): boolean {
  return /^(?!\\.\\.?$)[\\w.~:-]{1,255}$/.test(String(value ?? ''))
}`,
  unsent: `/** Further fields that would be sent nowhere. */
function unsent(extra: Intent['extra'], ...named: string[]): string[] {
  return Object.keys(extra)
    .filter((name) => !named.includes(name))
    .map((name) => \`extra.\${name}: nothing is sent but the path\`)
}`,
  at: `type Step = string | number | { where: string; is: string } | { below: string }

/** The value at a path of own members; undefined where there is none. */
function at(value: Json | undefined, ...steps: Step[]): Json | undefined {
  return steps.reduce((found, one) => step(found, one, false), value)
}

function step(value: Json | undefined, one: Step, isXml: boolean): Json | undefined {
  const list = Array.isArray(value) ? (value as readonly Json[]) : null
  if (typeof one === 'number') return list ? list[one] : isXml && one === 0 ? value : undefined
  if (typeof one === 'string') return member(list && isXml ? list[0] : value, one)
  if ('below' in one) return below(value, one.below)
  return (list ?? (isXml ? [value] : [])).find((item) => words(member(item, one.where)) === one.is)
}

function member(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, name) ? (value as { [name: string]: Json })[name] : undefined
}

function below(value: Json | undefined, name: string): Json | undefined {
  const own = member(value, name)
  if (own !== undefined || typeof value !== 'object' || value === null) return own
  for (const inner of Object.values(value) as Json[]) {
    const found = below(inner, name)
    if (found !== undefined) return found
  }
  return undefined
}`,
  first: `/** The same in XML, where of several elements the first is meant. */
function first(value: Json | undefined, ...steps: Step[]): Json | undefined {
  return steps.reduce((found, one) => step(found, one, true), value)
}`,
  words: `/** A value as text; null for what is missing, empty, a list or an object. */
function words(value: Json | undefined): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}`,
  is: `function is(value: Json | undefined, ...expected: Json[]): boolean {
  return expected.some((one) => one === value)
}`,
  matches: `function matches(value: Json | undefined, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value.slice(0, 8192))
}`,
  between: `function between(status: number, from: number, to: number): boolean {
  return status >= from && status <= to
}`,
  allOf: `/** A reference of several parts; null where one is missing. */
function allOf(...ids: (string | null)[]): string | null {
  return ids.includes(null) ? null : ids.join('|')
}`,
  done: `function done(
  kind: 'approved' | 'pending',
  psp: Outcome['psp'],
  reference: string | null,
): Outcome {
  if (reference !== null) return { psp, kind, reference }
  return { psp, kind: 'unrecognised', reason: 'the answer has no reference' }
}`,
  action: `function action(
  psp: Outcome['psp'],
  reference: string | null,
  link: string | null,
  form: { [name: string]: string } | null = null,
): Outcome {
  if (reference === null) {
    return { psp, kind: 'unrecognised', reason: 'the answer has no reference' }
  }
  const url = link?.startsWith('https://') ? link : null
  return { psp, kind: 'action_required', reference, url, ...(form && { form }) }
}`,
  posted: `/** The fields of a form to post; null where there are none, or one is no plain value. */
function posted(value: Json | undefined): { [name: string]: string } | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const fields = Object.entries(value).map(([name, one]) => [
    name,
    one === '' ? '' : words(one as Json),
  ])
  return fields.some(([, one]) => one === null) ? null : Object.fromEntries(fields)
}`,
  declineOf: `function declineOf(codes: { [code: string]: DeclineCode }, code: string | null): DeclineCode {
  return (code !== null && Object.hasOwn(codes, code) ? codes[code] : undefined) ?? 'other'
}`,
  formOf: `/** Fields of a form; one that is there twice is a list, which is no value. None of what begins as JSON or XML. */
function formOf(text: Json | undefined): Json | undefined {
  if (typeof text !== 'string' || /^\\s*[{[<]/.test(text)) return undefined
  const fields = new Map<string, string[]>()
  for (const pair of text.replace(/^\\ufeff/, '').trim().split('&')) {
    const [name = '', ...value] = pair.split('=')
    const before = fields.get(decoded(name)) ?? []
    fields.set(decoded(name), [...before, decoded(value.join('='))])
  }
  return Object.fromEntries(
    [...fields].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // Not percent-encoded, as some PSPs leave their words.
    return text
  }
}`,
}

/** The helpers that a text uses, those that these use included, in order. */
export function helpersFor(text: string): string {
  const used = new Set<string>()
  const look = (inText: string): void => {
    for (const [name, helper] of Object.entries(HELPERS)) {
      if (used.has(name) || !isUsed(name, inText)) continue
      used.add(name)
      look(helper)
    }
  }
  look(text)
  return Object.entries(HELPERS)
    .flatMap(([name, helper]) => (used.has(name) ? [helper] : []))
    .join('\n\n')
}

/** Called by its name, which comments and texts do not do; constants are written in capitals. */
function isUsed(name: string, inText: string): boolean {
  const end = name === name.toUpperCase() ? '\\b' : '\\('
  return new RegExp(`(?:(?<![\\w.'])|(?<=\\.{3}))${name}${end}`).test(inText)
}
