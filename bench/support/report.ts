/** @module Tables on the terminal, and the same ones as sections of bench/results.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { surroundings } from './machine.ts'
import { SHORT } from './options.ts'

const FILE = join(import.meta.dir, '../results.md')
const TITLE =
  '# What was measured\n\nWritten by `bun run bench`, which starts all it needs on this machine.\n'

/** Rows with the same names, as a table in Markdown that is also readable as it stands. */
export function table(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const names = Object.keys(rows[0] ?? {})
  const cells = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '')))]
  const widths = names.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |`
  const [head = [], ...body] = cells
  const rule = `|${widths.map((width, at) => (at === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(head), rule, ...body.map(line)].join('\n')
}

/** Prints a section, and puts it in the file in place of the one of the same title. Short runs are printed alone. */
export function report(title: string, command: string, text: string): void {
  const heading = `## ${title}`
  const lines = surroundings().map((line) => `- ${line}`)
  const section = `${heading}\n\n\`${command}\`\n\n${lines.join('\n')}\n\n${text.trim()}\n`
  console.log(`\n${section}`)
  if (SHORT) {
    console.log('(a short run: not written down)')
    return
  }
  const before = existsSync(FILE) ? readFileSync(FILE, 'utf8') : TITLE
  const [top = TITLE, ...sections] = before.split(/^(?=## )/m)
  const others = sections.map((one) =>
    one.startsWith(`${heading}\n`) ? section : `${one.trim()}\n`,
  )
  const all = others.includes(section) ? others : [...others, section]
  writeFileSync(FILE, [top.trim() + '\n', ...all].join('\n'))
}

/** A number in few digits: 12 345, 1.23, 0.012. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US').replaceAll(',', ' ')
  return String(Number(value.toPrecision(3)))
}
