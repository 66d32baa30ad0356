/**
 * @module What an adapter module is given: the ways to make holes, and cryptography. A built-in adapter and an external one get the same.
 */
import type { Adapter, Hole, Kit } from './adapter.ts'
import { asHole, dateFilter, hole } from './hole.ts'
import { toDecimal } from './money.ts'
import { cryptoKit } from './sign/kit.ts'
import { xmlValue } from './template/xml-value.ts'

type Parts<K extends string> = readonly (string | Hole<K>)[]

/** The kit. Frozen, because every adapter shares it. */
export const kit: Kit = Object.freeze({
  define: <const K extends string>(adapter: Adapter<K>): Adapter<K> => Object.freeze(adapter),
  card: (field, as) =>
    hole(
      { from: 'token', token: '', instrument: 'card', field },
      as ? `{{ card.${field} | ${as.toLowerCase()} }}` : `{{ card.${field} }}`,
      as ? [dateFilter(as)] : [],
    ),
  derived: (name) => hole({ from: 'derived', name }, `{{ derived.${name} }}`),
  session: (name) => hole({ from: 'session', name }, `{{ session.${name} }}`),
  credential: <const K extends string>(name: K) =>
    hole<K>({ from: 'credential', name }, `{{ credential.${name} }}`),
  base64: <K extends string>(...text: Parts<K>) => {
    const names = text.map((part) => asHole(part)?.label.replace(/^\{\{ | \}\}$/g, '') ?? part)
    return hole<K>({ from: 'base64', text }, `{{ base64 "${names.join('')}" }}`)
  },
  text: <K extends string>(...text: Parts<K>) =>
    hole<K>({ from: 'text', text }, text.map((part) => asHole(part)?.label ?? part).join('')),
  decimal: (amount) => toDecimal(amount),
  xml: xmlValue,
  crypto: cryptoKit,
} satisfies Kit)
