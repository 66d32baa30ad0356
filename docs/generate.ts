/**
 * @module Writes the pages and parts of pages that are made from the code: `bun run docs`; with `--check` only compares them.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { AUDIENCE } from '../src/auth/issuer.ts'
import { SCOPES } from '../src/auth/scopes.ts'
import { COMMANDS } from '../src/cli/commands.ts'
import { RULES } from '../src/conformance/rules.ts'
import { AI_ERRORS } from '../src/dialects/basis_theory_ai_errors.ts'
import { REASONS } from '../src/dialects/stitch/errors.ts'
import { renderConfigTable } from '../src/config/reference.ts'
import { ERRORS } from '../src/errors.ts'
import { openRegistry } from '../src/registry.ts'
import { ALIASES, TEST_CARDS, type TestCard } from '../src/sandbox/cards.ts'
import { FILTERS, usage } from '../src/template/filters.ts'
import { FIELDS, INSTRUMENTS } from '../src/template/native.ts'
import { STITCH_SELECTORS } from '../src/template/stitch.ts'
import { OZURA_NAMES, OZURA_WORDS } from '../src/template/ozura.ts'
import { dialectSummary, dialectTables } from './dialects.ts'
import { matrix } from './matrix.ts'
import { PARTS as PRAXIS } from './praxis.ts'
import { presets, schemes } from './templates.ts'

const ROOT = resolve(import.meta.dir, '..')

/** What stands between `<!-- begin NAME -->` and `<!-- end NAME -->` of pages that are otherwise written by hand. */
const PARTS: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'README.md': { adapters },
  'docs/dialects.md': { summary: dialectSummary, tables: dialectTables },
  'docs/dialects/basis-theory-ai.md': { errors: aiErrors },
  'docs/dialects/stitch.md': { selectors, reasons },
  'docs/adapters.md': { rules },
  'docs/templates.md': { schemes: schemeTable, presets: presetTable },
  'docs/configuration.md': { settings: () => renderConfigTable().trim() },
  'docs/errors.md': { codes: errors },
  'docs/merchant.md': { scopes, instruments, fields, filters, cards, ozura },
  'docs/operate.md': { unit, commands },
  'docs/praxis.md': PRAXIS,
  'docs/security.md': { matrix },
}

/** Each page with generated parts, by its path from the root, as it should read. */
export function generated(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(PARTS).map(([path, parts]) => {
      const page = join(ROOT, path)
      const made = Object.entries(parts).reduce(
        (text, [name, make]) => replacePart(path, text, name, make()),
        existsSync(page) ? readFileSync(page, 'utf8') : '',
      )
      return [path, made]
    }),
  )
}

/** Throws where the page has no such part, or has it twice. */
function replacePart(path: string, page: string, name: string, content: string): string {
  const begin = `<!-- begin ${name} -->`
  const end = `<!-- end ${name} -->`
  const [before, rest, ...more] = page.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${path} must hold ${begin} and ${end}, once`)
  }
  return `${before}${begin}\n\n${content}\n\n${end}${after}`
}

function errors(): string {
  return table(
    ['Code', 'Status', 'Meaning', 'What to do'],
    Object.entries(ERRORS).map(([code, { status, meaning, hint }]) => [
      `\`${code}\``,
      String(status),
      meaning,
      hint,
    ]),
  )
}

/** One row a type, with our own codes that it stands for. */
function aiErrors(): string {
  const rows = new Map<string, { readonly status: number; readonly codes: string[] }>()
  for (const [code, [status, type]] of Object.entries(AI_ERRORS)) {
    const row = rows.get(type) ?? { status, codes: [] }
    row.codes.push(`[\`${code}\`](../errors.md)`)
    rows.set(type, row)
  }
  return table(
    ['`type`', '`status`', 'Means what is here'],
    [...rows].map(([type, { status, codes }]) => [`\`${type}\``, String(status), codes.join(', ')]),
  )
}

function rules(): string {
  return table(
    ['Rule', 'What holds'],
    RULES.map(({ name, asks }) => [`\`${name}\``, asks]),
  )
}

function scopes(): string {
  return table(
    ['Scope', 'Allows to'],
    Object.entries(SCOPES).map(([name, doc]) => [`\`${name}\``, doc]),
  ).concat(`\n\nAccess tokens of ours have the audience \`${AUDIENCE}\`.`)
}

function instruments(): string {
  return table(
    ['Instrument', 'What it is'],
    Object.entries(INSTRUMENTS).map(([name, doc]) => [`\`${name}\``, doc]),
  )
}

function fields(): string {
  return table(
    ['Field', 'On', 'What it gives'],
    Object.entries(FIELDS).map(([name, { on, doc }]) => [
      `\`${name}\``,
      on.map((instrument) => `\`${instrument}\``).join(', '),
      doc,
    ]),
  )
}

function filters(): string {
  return table(
    ['Filter', 'What it does', 'Example', 'Gives'],
    Object.entries(FILTERS).map(([name, filter]) => [
      `\`${usage(name, filter)}\``,
      filter.doc,
      `\`${filter.example[0]}\``,
      `\`${filter.example[1]}\``,
    ]),
  )
}

function ozura(): string {
  const names = [...OZURA_NAMES.keys()].map((name) => `\`\${${name}}\``)
  const words = [...OZURA_WORDS.keys()].map((word) => `\`${word}\``)
  return `Placeholders: ${names.join(', ')}; and the bare words of its PayAPI guide: ${words.join(', ')}.`
}

function selectors(): string {
  return table(
    ['Selector', 'Gives'],
    [...STITCH_SELECTORS].map(([name, { doc }]) => [`\`{{${name}}}\``, doc]),
  )
}

function reasons(): string {
  return table(
    ['`failure.reason`', '`X-Sent`', 'What happened'],
    Object.entries(REASONS).map(([name, { sent, doc }]) => [`\`${name}\``, `\`${sent}\``, doc]),
  )
}

/** What an adapter was checked against, by what the repository has for it. */
const CHECKS = [
  { mark: '✓', path: (id: string) => `src/sandbox/${id}` },
  { mark: '–', path: () => '.' },
] as const

function adapters(): string {
  const rows = openRegistry()
    .list()
    .map(({ id, name, docs, api_version, operations, credentials }) => [
      `[${name}](${docs})`,
      `\`${id}\``,
      api_version,
      Object.keys(operations).join(', '),
      Object.keys(credentials)
        .map((key) => `\`${key}\``)
        .join(', '),
      CHECKS.find(({ path }) => existsSync(join(ROOT, path(id))))?.mark ?? '',
    ])
  return table(['PSP', 'Adapter', 'API', 'Operations', 'Credentials', 'Checked'], rows)
}

function schemeTable(): string {
  return table(['For', 'Scheme', 'What it is', 'Parameters'], schemes())
}

function presetTable(): string {
  return table(['PSP', 'Adapter', 'Operations', 'Formula', 'Proof'], presets())
}

/** Cards with something to show, and one approved card for each brand; the rest in a sentence. */
function cards(): string {
  const brands = new Set<string>()
  const rows: (readonly string[])[] = []
  const others: string[] = []
  for (const [number, card] of TEST_CARDS) {
    const what = behaviour(card)
    const first = !brands.has(card.brand)
    brands.add(card.brand)
    if (what === '' && !first) others.push(number)
    else rows.push([`\`${number}\``, `${card.brand} ${card.funding}`, what || 'approved'])
  }
  return `${table(['Number', 'Card', 'What happens'], rows)}

${others.length} further published numbers are approved, among them one for each of the countries that Stripe lists. Stripe's names
for these cards work as well: ${ALIASES.size} of them, such as \`pm_card_visa\` and \`tok_visa\`.`
}

const CHECK_NAMES = { cvc: 'CVC', postal_code: 'postal code', line1: 'street' } as const

function behaviour({ decline, authentication, risk, fails, saves }: TestCard): string {
  const parts = [
    ...(authentication === 'always' ? ['3-D Secure is required'] : []),
    ...(authentication === 'on_session' ? ['3-D Secure when the cardholder is present'] : []),
    ...(decline ? [`declined: \`${decline}\``] : []),
    ...(saves ? ['but a SetupIntent succeeds'] : []),
    ...(fails
      ? [`the check of ${fails.map((check) => CHECK_NAMES[check]).join(' and ')} fails`]
      : []),
    ...(risk ? [`risk ${risk}`] : []),
  ]
  return parts.join('; ')
}

function unit(): string {
  const text = readFileSync(join(import.meta.dir, 'pangate.service'), 'utf8')
  return `\`\`\`ini\n${text.trim()}\n\`\`\``
}

function commands(): string {
  return table(
    ['Command', 'What it does'],
    COMMANDS.map(({ path, argument, summary }) => [
      `\`${['pangate', ...path, ...(argument ? [argument.name] : [])].join(' ')}\``,
      summary,
    ]),
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}

function main(check: boolean): void {
  for (const [path, made] of generated()) {
    if (readFileSync(join(ROOT, path), 'utf8') === made) continue
    if (check) {
      console.error(`${path} does not say what the code says: bun run docs`)
      process.exitCode = 1
    } else {
      writeFileSync(join(ROOT, path), made)
      console.log(path)
    }
  }
}

if (import.meta.main) main(process.argv.includes('--check'))
