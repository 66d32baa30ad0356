/**
 * @module What a command is: one entry of the table from which the parser, the help and the program are made.
 */
import { OperatorError } from '../errors.ts'
import type { Terminal } from './terminal.ts'

export interface Option {
  /** `list`: may be given several times. */
  readonly type: 'text' | 'flag' | 'list'
  /** What stands for the value in the help: `FILE`. */
  readonly value?: string
  readonly doc: string
  readonly required?: true
}

export interface Command {
  /** The heading it stands under in the help. */
  readonly group: string
  /** The words it is called by. */
  readonly path: readonly string[]
  /** The one word it may take after its path. */
  readonly argument?: { readonly name: string; readonly doc: string }
  readonly summary: string
  /** Paragraphs of the help. */
  readonly details?: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  /** Gives the exit status. Throws OperatorError or GatewayError for what went wrong. */
  run(input: Input, terminal: Terminal): Promise<number>
}

/** What was typed after the command's words, checked against its entry. */
export class Input {
  readonly #command: Command
  readonly #argument: string
  readonly #values: ReadonlyMap<string, readonly string[]>

  constructor(command: Command, argument: string, values: ReadonlyMap<string, readonly string[]>) {
    this.#command = command
    this.#argument = argument
    this.#values = values
  }

  /** The word after the path; the parser has seen to it that it is there. */
  get argument(): string {
    return this.#argument
  }

  /** An option's value, or undefined where it was not given. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1)
  }

  /** The value of an option that the parser requires. */
  required(name: string): string {
    const value = this.text(name)
    if (value === undefined) throw new TypeError(`--${name} is not required in its command`)
    return value
  }

  flag(name: string): boolean {
    return this.#values.has(name)
  }

  /** All values of an option that may be repeated; one value may hold several with commas between. */
  list(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  /** A whole number within bounds. Throws OperatorError for anything else. */
  integer(name: string, least: number, most: number): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const number = /^[0-9]{1,9}$/.test(value) ? Number(value) : NaN
    if (number >= least && number <= most) return number
    throw this.refuse(`--${name} must be a whole number from ${least} to ${most}`)
  }

  /** One of a few words. Throws OperatorError for any other. */
  choice<const T extends string>(name: string, words: readonly T[]): T {
    const found = words.find((word) => word === this.text(name))
    if (found !== undefined) return found
    throw this.refuse(`--${name} must be ${words.join(' or ')}`)
  }

  /** A mistake in what was typed: exit status 2. */
  refuse(message: string, next = `pangate ${this.#command.path.join(' ')} --help`): OperatorError {
    return new OperatorError(message, next, 2)
  }
}
