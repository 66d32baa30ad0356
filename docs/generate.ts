/**
 * @module Writes the pages that are made from tables of the code: `bun run docs`; with `--check` only compares them.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERRORS } from '../src/errors.ts'
import { FILTERS, usage } from '../src/template/filters.ts'
import { FIELDS, INSTRUMENTS } from '../src/template/native.ts'

/** Each page, by its name in this folder. */
const PAGES: Readonly<Record<string, () => string>> = {
  'errors.md': errors,
  'placeholders.md': placeholders,
}

function errors(): string {
  return page(
    'Errors',
    'src/errors.ts',
    `Every error of the native API has this shape, with one of the codes below:

\`\`\`json
{"error": {"code": "token_unknown", "message": "...", "param": "token", "sent": "no", "hint": "...", "request_id": "..."}}
\`\`\`

\`sent\` says whether the PSP can have received the request. \`no\`: nothing was sent, it is safe to try again. \`yes\`: it
answered. \`unknown\`: bytes left and no whole answer came back; look the payment up at the PSP before trying again.
\`param\` names the field at fault, or is null. What was sent in a card field is never repeated in an error.`,
    table(
      ['Code', 'Status', 'Meaning', 'What to do'],
      Object.entries(ERRORS).map(([code, { status, meaning, hint }]) => [
        `\`${code}\``,
        String(status),
        meaning,
        hint,
      ]),
    ),
  )
}

function placeholders(): string {
  return page(
    'Placeholders',
    'src/template/',
    `A placeholder stands in a request where a value of a token goes: \`{{ card.number }}\`. With several tokens it begins with
the name given in \`tokens\`: \`{{ payer.number }}\`. Filters follow after bars and are applied from left to right. A string
of JSON that holds nothing but one placeholder with \`| number\` becomes a JSON number. \`{{ '{{' }}\` writes two braces.`,
    '## Instruments',
    table(
      ['Instrument', 'What it is'],
      Object.entries(INSTRUMENTS).map(([name, doc]) => [`\`${name}\``, doc]),
    ),
    '## Fields',
    table(
      ['Field', 'On', 'What it gives'],
      Object.entries(FIELDS).map(([name, { on, doc }]) => [
        `\`${name}\``,
        on.map((instrument) => `\`${instrument}\``).join(', '),
        doc,
      ]),
    ),
    '## Filters',
    table(
      ['Filter', 'What it does', 'Example', 'Gives'],
      Object.entries(FILTERS).map(([name, filter]) => [
        `\`${usage(name, filter)}\``,
        filter.doc,
        `\`${filter.example[0]}\``,
        `\`${filter.example[1]}\``,
      ]),
    ),
  )
}

function page(title: string, source: string, ...parts: readonly string[]): string {
  const origin = `<!-- Made from ${source} by \`bun run docs\`; changes by hand are lost. -->`
  return `${[`# ${title}`, origin, ...parts].join('\n\n')}\n`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}

const check = process.argv.includes('--check')
for (const [name, make] of Object.entries(PAGES)) {
  const path = join(import.meta.dir, name)
  const made = make()
  if (existsSync(path) && readFileSync(path, 'utf8') === made) continue
  if (check) {
    console.error(`docs/${name} does not say what the code says: bun run docs`)
    process.exitCode = 1
  } else {
    writeFileSync(path, made)
    console.log(`docs/${name}`)
  }
}
