/**
 * @module The tables of docs/dialects.md, made from the case files: each feature of each API, and whether it works, differs or is missing.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Case } from '../test/dialects/support/case_file.ts'
import { caseFiles, readCase, type Dialect } from '../test/dialects/support/files.ts'

interface Heading {
  readonly name: string
  /** The page in words, seen from docs/. */
  readonly page: string
}

const HEADINGS: Readonly<Record<Dialect, Heading>> = {
  ozura: { name: 'Ozura', page: 'dialects/ozura.md' },
  'basis-theory-ai': { name: 'Basis Theory (AI)', page: 'dialects/basis-theory-ai.md' },
  'basis-theory': { name: 'Basis Theory (classic)', page: 'dialects/basis-theory.md' },
  stitch: { name: 'Stitch', page: 'dialects/stitch.md' },
  native: { name: 'Our own', page: 'merchant.md' },
}

const MARKS = { missing: '✗ missing', differs: '≠ differs', works: '✓ works' } as const
/** Where only some of a feature's cases are so. */
const IN_PART = { missing: '✗ missing in part', differs: '≠ in details', works: '✓ works' } as const

type Status = Case['status']

interface Row {
  readonly feature: string
  readonly status: Status
  readonly cases: readonly (Case & { readonly file: string })[]
}

/** How many features there are of each status, by API. */
export function dialectSummary(): string {
  const rows = dialects().map(([dialect, { name }]) => {
    const features = featuresOf(dialect)
    const count = (status: Status) => String(features.filter((one) => one.status === status).length)
    const anchor = name.toLowerCase().replace(/[()]/g, '').replaceAll(' ', '-')
    const cases = String(caseFiles(dialect).length)
    return [`[${name}](#${anchor})`, cases, count('works'), count('differs'), count('missing')]
  })
  return table(['API', 'Cases', 'Features that work', 'differ', 'are missing'], rows)
}

/** A table for each API. What differs and what is missing is said by the titles of the cases that show it. */
export function dialectTables(): string {
  return dialects()
    .map(([dialect, { name, page }]) => {
      const rows = featuresOf(dialect).map(({ feature, status, cases }) => [
        feature,
        (cases.every((one) => one.status === status) ? MARKS : IN_PART)[status],
        cases
          .filter((one) => one.status !== 'works')
          .map(({ title, source }) => `${title}${source ? ` (${source})` : ''}.`)
          .join(' '),
        cases
          .map(({ file }) => `[${file.replace('.case', '')}](../test/dialects/${dialect}/${file})`)
          .join(' '),
      ])
      const link = existsSync(join(import.meta.dir, page))
        ? `Base URL, keys, and what its pages say that we do not do: [${page}](${page}).\n\n`
        : ''
      return `## ${name}\n\n${link}${table(['Feature', '', 'What is other', 'Cases'], rows)}`
    })
    .join('\n\n')
}

/** Those that have cases. */
function dialects(): readonly (readonly [Dialect, Heading])[] {
  // Object.entries of a record gives its keys.
  const all = Object.entries(HEADINGS) as [Dialect, Heading][]
  return all.filter(([dialect]) => caseFiles(dialect).length > 0)
}

/** The features in alphabetical order, each as bad as the worst of its cases. */
function featuresOf(dialect: Dialect): readonly Row[] {
  const cases = caseFiles(dialect).map((file) => ({ ...readCase(dialect, file), file }))
  return [...Map.groupBy(cases, ({ feature }) => feature)]
    .map(([feature, own]) => ({ feature, status: worst(own), cases: own }))
    .toSorted((a, b) => a.feature.localeCompare(b.feature, 'en'))
}

function worst(cases: readonly Case[]): Status {
  if (cases.some(({ status }) => status === 'missing')) return 'missing'
  return cases.some(({ status }) => status === 'differs') ? 'differs' : 'works'
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}
