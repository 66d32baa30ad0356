/**
 * @module A card number that a caller wrote out: a forward is for cards in the vault, and one beside it is a mistake or a habit.
 */
import type { Json, Plan, Text } from '../adapter.ts'
import { hasBareCardNumber } from '../card.ts'
import { GatewayError } from '../errors.ts'
import { asHole } from '../hole.ts'
import type { Call, Wish } from './call.ts'

/** What to do with one: `[egress] card_numbers_in_clear`. */
export type ClearNumbers = 'refuse' | 'allow'

/** A text of the caller's, and where it stands. */
type Said = readonly [where: string, text: string]

/** Throws `card_in_clear` where the caller's own words hold a card number; it is not repeated. */
export function refuseClearNumbers(rule: ClearNumbers, { wants }: Pick<Call, 'wants'>): void {
  if (rule === 'allow') return
  const said = wants.kind === 'request' ? ofPlan(wants.plan) : ofIntent(wants.intent)
  const found = said.find(([, text]) => hasBareCardNumber(text))
  if (!found) return
  const [param] = found
  throw new GatewayError('card_in_clear', `There is a card number in the clear in ${param}.`, {
    param,
  })
}

function ofPlan({ path, query, headers = {}, body }: Plan): readonly Said[] {
  return [
    ['url', `${literal(path)}?${literal(query ?? '')}`],
    ...Object.entries(headers).map(([name, value]): Said => [
      `headers.${name}`,
      `${name}: ${literal(value)}`,
    ]),
    ...(body && 'template' in body ? [['body', joined(body.template)] as const] : []),
  ]
}

/** The amount is a number of ours, and no text of the caller's. */
function ofIntent({ amount: _, ...rest }: Wish['intent']): readonly Said[] {
  return Object.entries(rest).flatMap(([name, value]) => ofJson(name, value))
}

function ofJson(where: string, value: Json | undefined): readonly Said[] {
  if (typeof value === 'string' || typeof value === 'number') return [[where, String(value)]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, one]: [string, Json | undefined]) => [
    [where, name] as const,
    ...ofJson(`${where}.${name}`, one),
  ])
}

/** Without its holes: digits on both sides of one are no number. */
function literal(text: Text<string>): string {
  // Text is a string, a hole, or a list of both.
  return typeof text === 'string' ? text : asHole(text) ? '' : joined(text as readonly unknown[])
}

function joined(parts: readonly unknown[]): string {
  let text = ''
  for (const part of parts) text += typeof part === 'string' ? part : '\n'
  return text
}
