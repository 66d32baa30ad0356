/** @module What the adapter says of itself is complete, and of the types of the contract. */
import { OPERATIONS, type Adapter } from '../../adapter.ts'
import { complaint, type Complaint } from '../finding.ts'
import { isRow } from '../intents.ts'
import type { Rule } from '../rule.ts'

/** Needs that are no `extra.` of the adapter's own. */
const NEED =
  /^(card|cvc|amount|reference|return_url|notification_url|customer\.(id|first_name|last_name|email|phone|dob)|billing_address\.(line1|line2|city|state|postal_code|country)|device\.(ip|user_agent)|extra\.[^.]+)$/

type Check = (adapter: Adapter) => readonly Complaint[]

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** An adapter comes from a file that no compiler has seen, so nothing of its types is taken for granted. */
const CHECKS: readonly Check[] = [
  ({ name, docs, api_version }) => [
    ...(isText(name) ? [] : [complaint('name', 'name is missing', "write the PSP's name")]),
    ...(URL.parse(String(docs))?.protocol === 'https:'
      ? []
      : [complaint('docs', 'docs is no https URL', "give the address of the PSP's API reference")]),
    ...(isText(api_version)
      ? []
      : [complaint('api_version', 'api_version is missing', 'say which version this speaks')]),
  ],
  ({ credentials }) => {
    const fix = "write credentials: { api_key: { label: 'Secret key', secret: true } }"
    if (!isRow(credentials)) return [complaint('credentials', 'credentials is missing', fix)]
    return Object.entries(credentials).flatMap(([name, about]) =>
      isRow(about) && isText(about.label) && typeof about.secret === 'boolean'
        ? []
        : [complaint(`credentials.${name}`, 'it has no label, or does not say secret', fix)],
    )
  },
  ({ options = {} }) =>
    Object.entries(options).flatMap(([name, option]) => {
      const { choices } = option
      const good = Array.isArray(choices) && choices.length > 0 && choices.every(isText)
      if (good && new Set(choices).size === choices.length && isText(option.label)) return []
      const fix = 'give a label and choices, the default first, each once'
      return [complaint(`options.${name}`, 'it has no label, or no choices', fix)]
    }),
  ({ idempotency }) => {
    const place: unknown = idempotency
    if (place === 'unsupported' || (isRow(place) && isText(place['header'] ?? place['field']))) {
      return []
    }
    const fix = "write { header: 'idempotency-key' }, { field: 'request_id' } or 'unsupported'"
    return [complaint('idempotency', 'it says nowhere where the PSP takes a key', fix)]
  },
  ({ private_in_answer: pointers }) => {
    if (Array.isArray(pointers) && pointers.every((one) => /^(\/[^/]*)+$/.test(String(one)))) {
      return []
    }
    const fix = "write JSON pointers such as ['/client_secret'], or []"
    return [complaint('private_in_answer', 'it is no list of JSON pointers', fix)]
  },
  ({ operations }) => {
    const known = OPERATIONS.join(', ')
    if (!isRow(operations) || Object.keys(operations).length === 0) {
      return [complaint('operations', 'there is none', `write one of ${known}`)]
    }
    return Object.entries(operations).flatMap(([name, operation]) =>
      operationComplaints(name, operation, known),
    )
  },
]

function operationComplaints(
  name: string,
  operation: unknown,
  known: string,
): readonly Complaint[] {
  if (!OPERATIONS.some((one) => one === name)) {
    return [complaint(`operations.${name}`, 'there is no such operation', `use one of ${known}`)]
  }
  if (!isRow(operation)) return [complaint(name, 'it is no object', 'write needs, build and parse')]
  const { needs } = operation
  const list: readonly unknown[] = Array.isArray(needs) ? needs : []
  return [
    ...(['build', 'parse'] as const)
      .filter((one) => typeof operation[one] !== 'function')
      .map((one) => complaint(name, `${one} is no function`, `write ${one}(..) { .. }`)),
    ...(Array.isArray(needs)
      ? []
      : [complaint(name, 'needs is no list', "write needs: ['card', 'amount'], or []")]),
    ...list
      .filter((need) => !NEED.test(String(need)))
      .map((need) =>
        complaint(
          name,
          `needs has ${JSON.stringify(need)}, which no call can have`,
          'use a name of the type Need, such as customer.email, or extra.NAME for a field of your own',
        ),
      ),
  ]
}

export const declared: Rule = {
  name: 'declared',
  asks: 'name, credentials, options, needs and all else are there and of the right type',
  first: true,
  check: ({ adapter }) => CHECKS.flatMap((check) => check(adapter)),
}
