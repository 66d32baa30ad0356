/**
 * @module The tables of docs/praxis.md, made from the adapter and from the sandbox.
 */
import type { Need } from '../src/adapter.ts'
import { openRegistry } from '../src/registry.ts'
import { ENDINGS } from '../src/sandbox/praxis/card.ts'
import { MERCHANTS } from '../src/sandbox/praxis/merchants.ts'

const adapter = openRegistry().get('praxis')

/** By the names of the page's parts. */
export const PARTS: Readonly<Record<string, () => string>> = {
  credentials: () =>
    table(
      ['Credential', 'What it is', 'Most bytes', ''],
      Object.entries(adapter.credentials).map(([name, { label, secret, optional, max_bytes }]) => [
        `\`${name}\``,
        label,
        String(max_bytes ?? ''),
        [...(secret ? ['secret'] : []), ...(optional ? ['optional'] : [])].join(', '),
      ]),
    ),
  options: () =>
    table(
      ['Option', 'What it is', 'Choices, the default first'],
      Object.entries(adapter.options ?? {}).map(([name, { label, choices }]) => [
        `\`${name}\``,
        label,
        choices.map((choice) => `\`${choice}\``).join(', '),
      ]),
    ),
  needs,
  merchants: () =>
    table(
      ['merchant_id', 'application_key', 'merchant_secret'],
      MERCHANTS.map(({ merchant_id, application_key, secret }) =>
        [merchant_id, application_key, secret].map((text) => `\`${text}\``),
      ),
    ),
  endings: () =>
    table(
      ['Security code', 'What happens'],
      Object.entries(ENDINGS).map(([code, { status, details }]) => {
        const words = details.replace('[TEST] Transaction status: ', '')
        return [`\`${code}\``, words === status ? status : `${status}: ${words}`]
      }),
    ),
}

/** What an operation wants; the long list of a payment once. */
function needs(): string {
  const payment = adapter.operations.purchase?.needs ?? []
  const rows = Object.entries(adapter.operations).map(([name, operation]) => [
    `\`${name}\``,
    same(operation.needs, payment) && name !== 'purchase'
      ? 'as `purchase`'
      : operation.needs.map((need) => `\`${need}\``).join(', '),
  ])
  return `${table(['Operation', 'Cannot do without'], rows)}

A refund of 1.2 wants \`token\`, and of the customer what Praxis's table for it wants too. Every field is checked with the
type and the length of Praxis's tables before anything is opened, and all complaints come at once.`
}

function same(one: readonly Need[], other: readonly Need[]): boolean {
  return one.join() === other.join()
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}
