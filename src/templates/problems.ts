/**
 * @module What is wrong with a template document: all of it at once, each with its line.
 */
import { OperatorError } from '../errors.ts'

/** A place in a document: `['operations', 'purchase', 'json', 0]`. */
export type Path = readonly (string | number)[]

export interface Problem {
  /** Counted from 1. */
  readonly line: number
  /** A sentence that names the place. */
  readonly text: string
}

/** A document that cannot be used. The message has a line for each problem. */
export class TemplateError extends OperatorError {
  readonly problems: readonly Problem[]

  constructor(file: string, problems: readonly Problem[]) {
    const sorted = problems.toSorted((a, b) => a.line - b.line)
    super(
      sorted.map(({ line, text }) => `${file}:${line}: ${text}`).join('\n'),
      'see docs/templates.md',
    )
    this.name = 'TemplateError'
    this.problems = sorted
  }
}

/** Collects problems while a document is read. */
export class Problems {
  readonly #found: Problem[] = []
  readonly #lineOf: (path: Path) => number

  constructor(lineOf: (path: Path) => number) {
    this.#lineOf = lineOf
  }

  get found(): readonly Problem[] {
    return this.#found
  }

  /** The place is put before the words, but for that of the whole document. */
  add(path: Path, what: string): void {
    const place = path.map((part) => (typeof part === 'number' ? String(part + 1) : part)).join('.')
    const text = place === '' ? what : `${place}: ${what}`
    const line = this.#lineOf(path)
    // A list that several readers look at complains once.
    if (!this.#found.some((one) => one.line === line && one.text === text)) {
      this.#found.push({ line, text })
    }
  }

  /** Runs a reader whose errors are about this place; undefined where it threw one. `between` parts the problems in one error. */
  attempt<T>(path: Path, read: () => T, between?: string): T | undefined {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof Error)) throw error
      const all = between === undefined ? [error.message] : error.message.split(between)
      for (const one of all) this.add(path, one)
      return undefined
    }
  }
}
