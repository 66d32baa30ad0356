/**
 * @module Requests of a template document: what stands for each placeholder, and the plan made of it.
 */
import type { Field, Hole, Intent, Json, Kit, Plan } from '../../src/adapter.ts'
import type {
  FilterName,
  Operation,
  Part,
  Placeholder,
  Request,
  Template,
  Value,
} from '../../src/templates/compiled.ts'
import { merged, type Fields } from './merge.ts'

type Known = Json | Hole<string> | undefined

/** Makes requests of a document. */
export interface Requests {
  plan(request: Request, intent: Intent): Plan
  /** What is wrong with an intent that has all it needs. */
  complaints(operation: Operation, intent: Intent): readonly string[]
  /** The value of a placeholder that is not in the vault. */
  plain(placeholder: Placeholder, intent: Intent): Json | undefined
}

/** How a card's expiry is written, by filter. */
const DATES = [
  ['mm', 'MM'],
  ['yy', 'YY'],
  ['yyyy', 'YYYY'],
  ['number', 'number'],
] as const

/** Requests of one document. */
export function requestsOf(document: Template, kit: Kit): Requests {
  const { parts: names } = document

  /** The amount in the PSP's units; null where they cannot hold it. */
  const units = ({ amount }: Intent): { minor: number; decimal: string } | null => {
    if (!amount) return null
    const decimal = kit.decimal(amount)
    const own = document.decimals[amount.currency]
    if (own === undefined) return { minor: amount.minor, decimal }
    const [whole = '', part = ''] = decimal.split('.')
    if (/[1-9]/.test(part.slice(own))) return null
    const digits = part.slice(0, own).padEnd(own, '0')
    return { minor: Number(whole + digits), decimal: own === 0 ? whole : `${whole}.${digits}` }
  }

  /** Ids of a forward: the same for the same idempotency key, so that a second try is known as one. */
  const id = ({ idempotency_key }: Intent, form: string): string => {
    const hex = kit.crypto.hash('sha256', `${document.id}.${idempotency_key}`)
    const [a, b, c, d, e] = [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(13, 16),
      hex.slice(17, 20),
      hex.slice(20, 32),
    ]
    if (form === 'uuid') return `${a}-${b}-4${c}-a${d}-${e}`
    if (form === 'digits12') return String(parseInt(e, 16) % 1e12).padStart(12, '0')
    return hex.slice(0, form === 'hex16' ? 16 : 32)
  }

  /** Currencies of the account; null for all. */
  const currenciesOf = ({ options }: Intent): readonly string[] | null => {
    const { currencies } = document
    return currencies && 'credential' in currencies
      ? [options[currencies.credential] ?? 'none']
      : currencies
  }

  const partOf = ({ reference = '' }: Intent, name: string): string | undefined =>
    reference.split('|')[names.indexOf(name)]

  const plain = ({ from, name, fallback }: Placeholder, intent: Intent): Json | undefined => {
    const value =
      from === 'option'
        ? intent.options[name]
        : from === 'now'
          ? moment(intent.now, name)
          : from === 'id'
            ? id(intent, name)
            : from === 'reference'
              ? partOf(intent, name)
              : name === 'amount.minor'
                ? units(intent)?.minor
                : name === 'amount.decimal'
                  ? units(intent)?.decimal
                  : at(intent, name.split('.'))
    return value === '' || value === null || value === undefined ? fallback : value
  }

  const known = (placeholder: Placeholder, intent: Intent): Known => {
    const { from, name, filters } = placeholder
    if (from === 'credential') return kit.credential(name)
    if (from === 'session') return kit.session(name)
    if (from === 'derived') return kit.derived(name)
    if (from !== 'card') return filters.reduce(filtered, plain(placeholder, intent))
    const date = DATES.find(([filter]) => filters.includes(filter))?.[1]
    // Names of a card's fields were checked when the document was read.
    return kit.card(name as 'number', date)
  }

  /** Text with holes; null where a part of it is missing. */
  const text = (
    parts: readonly Part[],
    intent: Intent,
    write: (text: string) => string = (one) => one,
  ): (string | Hole<string>)[] | null => {
    const written: (string | Hole<string>)[] = []
    for (const part of parts) {
      const value = typeof part === 'string' ? part : known(part, intent)
      if (value === undefined) return null
      // What is an object is a hole, because placeholders in text stand for scalars.
      if (typeof value === 'object') written.push(value as Hole<string>)
      else written.push(typeof part === 'string' ? part : write(String(value)))
    }
    return written
  }

  const field = (value: Value, intent: Intent): Field<string> => {
    switch (value.kind) {
      case 'plain':
        return value.value
      case 'one':
        return known(value.placeholder, intent)
      case 'text': {
        const parts = text(value.parts, intent)
        if (!parts) return undefined
        return parts.every((part) => typeof part === 'string') ? parts.join('') : kit.text(...parts)
      }
      case 'list':
        return value.items.map((one) => field(one, intent)).filter((one) => one !== undefined)
      case 'record':
        return record(value.entries, intent)
      case 'case': {
        const chosen = caseOf(value, intent)
        return chosen && field(chosen, intent)
      }
    }
  }
  const record = (entries: readonly (readonly [string, Value])[], intent: Intent): Fields =>
    Object.fromEntries(entries.map(([name, one]) => [name, field(one, intent)]))

  const plan = (request: Request, intent: Intent): Plan => {
    const query = request.query && text(request.query, intent, encodeURIComponent)
    const { body } = request
    const extra = Object.entries(intent.extra).filter(([name]) => !request.named.includes(name))
    return {
      method: request.method,
      path: text(request.path, intent, encodeURIComponent) ?? [],
      ...(query && { query }),
      headers: Object.fromEntries(
        request.headers.flatMap(([name, parts]) => {
          const line = text(parts, intent)
          return line ? [[name, line] as const] : []
        }),
      ),
      ...(body && {
        body: {
          encoding: body.encoding,
          fields: merged(body.encoding, record(body.fields.entries, intent), extra),
        },
      }),
    }
  }

  const complaints = ({ request, needs, inPath }: Operation, intent: Intent): readonly string[] => {
    const wrong: string[] = []
    const { amount, reference = '' } = intent
    if (amount && !units(intent)) {
      wrong.push(`amount.minor: ${document.name} has fewer decimals of ${amount.currency}`)
    }
    const taken = amount && currenciesOf(intent)
    if (amount && taken && !taken.includes(amount.currency)) {
      wrong.push(`amount.currency: ${document.name} takes ${taken.join(', ')} from this account`)
    }
    if (!request.body) {
      for (const name of Object.keys(intent.extra)) {
        if (!request.named.includes(name)) wrong.push(`extra.${name}: nothing is sent but the path`)
      }
    }
    const used = request.body ? placeholders(request.body.fields, intent) : []
    const moves = /^(capture|refund|void)$/.test(intent.operation)
    if (amount && moves && !used.some(({ name }) => name.startsWith('amount.'))) {
      wrong.push(`amount: ${document.name} takes all that the reference names, so leave it out`)
    }
    const split = used.some(({ from }) => from === 'reference')
    if (
      (split || inPath.some((name) => names.includes(name))) &&
      reference.split('|').length !== names.length
    ) {
      wrong.push(`reference: ${names.join('|')}, as ${document.name} gave it`)
    }
    for (const name of inPath) {
      const value = names.includes(name) ? partOf(intent, name) : at(intent, name.split('.'))
      // It becomes a part of the path, where slashes and dots would lead elsewhere.
      if (!/^(?!\.\.?$)[\w.~:-]{1,255}$/.test(String(value ?? ''))) {
        wrong.push(`${names.includes(name) ? 'reference' : name}: letters, digits and -_.~: alone`)
      }
    }
    const asked: readonly string[] = needs
    for (const one of used) {
      if (one.from !== 'intent' || one.optional || asked.includes(one.name.split('.')[0] ?? ''))
        continue
      if (!asked.includes(one.name) && plain(one, intent) === undefined)
        wrong.push(`${one.name}: missing`)
    }
    return [...new Set(wrong)]
  }

  return { plan, complaints, plain }
}

/** The value at a path of own members; undefined where there is none. */
function at(value: unknown, path: readonly string[]): Json | undefined {
  let found = value
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = Reflect.get(found, name)
  }
  // An intent is plain data.
  return found as Json | undefined
}

function caseOf({ by, cases }: Value & { kind: 'case' }, intent: Intent): Value | undefined {
  const word = at(intent, by.split('.'))
  return typeof word === 'string' && Object.hasOwn(cases, word) ? cases[word] : undefined
}

/** Placeholders of what is chosen for this intent. */
function placeholders(value: Value, intent: Intent): readonly Placeholder[] {
  if (value.kind === 'one') return [value.placeholder]
  if (value.kind === 'text') return value.parts.filter((part) => typeof part !== 'string')
  if (value.kind === 'list') return value.items.flatMap((one) => placeholders(one, intent))
  if (value.kind === 'record') return value.entries.flatMap(([, one]) => placeholders(one, intent))
  const chosen = value.kind === 'case' ? caseOf(value, intent) : undefined
  return chosen ? placeholders(chosen, intent) : []
}

function filtered(value: Json | undefined, filter: FilterName): Json | undefined {
  if (value === undefined || typeof value === 'object') return value
  if (filter === 'number') return Number(value)
  if (filter === 'lower') return String(value).toLowerCase()
  return filter === 'upper' ? String(value).toUpperCase() : String(value)
}

/** Seconds since 1970 in the forms that PSPs ask for. All are UTC. */
function moment(now: number, form: string): string | number {
  const iso = new Date(now * 1000).toISOString()
  if (form === 'seconds') return now
  if (form === 'ms') return now * 1000
  if (form === 'iso_ms') return iso
  if (form === 'date') return iso.slice(0, 10)
  return form === 'iso' ? iso.replace('.000', '') : iso.slice(0, 19).replace(/\D/g, '')
}
