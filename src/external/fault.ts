/**
 * @module Why a call into the sandbox has no answer. The words are ours, or those of what was thrown while an adapter was loaded.
 */
export class VmFault extends Error {
  /** Where code inside was at fault: a line of the code that was given. */
  readonly line: number | null

  constructor(message: string, line: number | null = null) {
    super(message)
    this.name = 'VmFault'
    this.line = line
  }
}

/** The first line of this file in a stack of QuickJS's: `    at make (acme.ts:12:5)`. */
export function lineIn(stack: string, file: string): number | null {
  const start = stack.indexOf(`${file}:`)
  const line = start < 0 ? Number.NaN : Number.parseInt(stack.slice(start + file.length + 1), 10)
  return Number.isNaN(line) ? null : line
}
