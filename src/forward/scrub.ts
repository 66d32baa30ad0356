/**
 * @module Takes card values out of an answer before anyone sees it: a PSP that echoes a card gives the merchant its token.
 */
import type { Json } from '../adapter.ts'
import { looksLikeCardNumber } from '../card.ts'
import type { Job, RawAnswer } from './call.ts'
import { returnedHeaders } from './headers.ts'
import type { OpenedJob } from './open.ts'
import type { TokenRow } from '../vault/token.ts'
import { cvcFields } from './cvc_fields.ts'
import { findCvc } from './find_cvc.ts'
import { findNumber } from './find_number.ts'
import { findText } from './find_text.ts'
import type { Finder } from './finder.ts'

/** Shorter numbers would be found in amounts and times; they are looked for in no answer. */
const LEAST_NUMBER = 8
/** Shorter credentials are no secrets and stand in ordinary words. */
const LEAST_SECRET = 8

interface Rule {
  readonly find: Finder
  readonly replacement: string
}

/** The answer without the values of the opened tokens and credentials, and without headers that are not the merchant's. */
export function scrub(job: Job, opened: OpenedJob, answer: RawAnswer): RawAnswer {
  const { status, psp_ms, body } = answer
  const headers = returnedHeaders(answer.headers)
  const rules: Rule[] = []
  addCardRules(job, opened, rules)
  addDerivedRules(opened, rules)
  addSecretRules(job, opened, rules)
  // Latin-1 maps each byte to one character and back, so that whatever is not replaced keeps its bytes.
  const before = body.toString('latin1')
  // What is in one of them is in all of them together, and nearly always there is nothing.
  let all = before
  for (const [, value] of headers) all += `\n${value}`
  if (!rules.some(({ find }) => find(all).length > 0)) return { status, headers, body, psp_ms }
  const after = apply(rules, before)
  return {
    status,
    headers: headers.map(([name, value]) => [name, apply(rules, value)]),
    body: after === before ? body : Buffer.from(after, 'latin1'),
    psp_ms,
  }
}

function addCardRules(job: Job, opened: OpenedJob, rules: Rule[]): void {
  for (const { name, row } of job.wanted) {
    const { data, ...instruments } = opened.tokens.get(name) ?? {}
    for (const number of cardNumbersIn(data?.value ?? null)) {
      rules.push({ find: findNumber(number), replacement: shownId(row) })
    }
    for (const instrument of Object.values(instruments)) {
      const { number, account_number, cryptogram, cvc } = instrument
      for (const value of [number, account_number]) {
        if (value && value.length >= LEAST_NUMBER) {
          rules.push({ find: findNumber(value), replacement: shownId(row) })
        }
      }
      if (cryptogram) rules.push({ find: findText(cryptogram), replacement: shownId(row) })
      if (cvc) rules.push({ find: findCvc(cvc, cvcFields(job.plan.body)), replacement: '[cvc]' })
    }
  }
}

/** The token's id as the merchant knows it, where that can stand anywhere. */
function shownId({ id, alias }: TokenRow): string {
  return alias !== null && /^[\w.~-]+$/.test(alias) ? alias : id
}

/** In data of any shape only what passes for a card number can be told from ordinary words. */
function cardNumbersIn(value: Json): readonly string[] {
  if (typeof value === 'string') {
    return looksLikeCardNumber(value) ? [value.replace(/[^0-9]/g, '')] : []
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap((one: Json) => cardNumbersIn(one))
}

/** What an adapter has made of a card is the card, too: encrypted, or only written in another way. */
function addDerivedRules({ derived }: OpenedJob, rules: Rule[]): void {
  for (const [name, value] of derived) {
    if (value.length < LEAST_SECRET) continue
    rules.push({ find: findText(value), replacement: `[derived.${name}]` })
  }
}

function addSecretRules(job: Job, opened: OpenedJob, rules: Rule[]): void {
  const known = job.account?.adapter.credentials
  for (const [name, value] of Object.entries(opened.credentials)) {
    if (!known?.[name]?.secret || value.length < LEAST_SECRET) continue
    rules.push({ find: findText(value), replacement: '[secret]' })
  }
}

function apply(rules: readonly Rule[], text: string): string {
  return rules.reduce((before, rule) => replaced(rule, before), text)
}

function replaced({ find, replacement }: Rule, text: string): string {
  let after = ''
  let at = 0
  for (const { start, end } of find(text)) {
    after += text.slice(at, start) + quoted(text, start, end, replacement)
    at = end
  }
  return at === 0 ? text : after + text.slice(at)
}

/** Where the value stood as a JSON number, its replacement needs quotes. */
function quoted(text: string, start: number, end: number, replacement: string): string {
  const before = /[:[,]\s*$/.test(text.slice(Math.max(0, start - 8), start))
  const after = /^\s*[,}\]]/.test(text.slice(end, end + 8))
  return before && after ? `"${replacement}"` : replacement
}
