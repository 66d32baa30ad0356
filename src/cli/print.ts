/**
 * @module Lists for people: columns as wide as they need to be.
 */

/** Rows under their headings; what to say in place of an empty list. */
export function columns(
  rows: readonly Readonly<Record<string, string | number | boolean | null>>[],
  none: string,
): string {
  const [first] = rows
  if (!first) return none
  const names = Object.keys(first)
  const cells = [
    names.map((name) => name.replaceAll('_', ' ').toUpperCase()),
    ...rows.map((row) => names.map((name) => shown(row[name]))),
  ]
  const widths = names.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)))
  return cells
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function shown(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined || value === '') return '-'
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : plain(String(value))
}

/** Names come from callers of the API: no character of theirs may steer the terminal. */
function plain(text: string): string {
  return text.replace(/\p{C}/gu, '?')
}
