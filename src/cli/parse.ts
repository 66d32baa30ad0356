/**
 * @module Finds the command that was typed and reads its options; a mistake names what was probably meant.
 */
import { parseArgs } from 'node:util'
import { nearest } from '../config/nearest.ts'
import { OperatorError } from '../errors.ts'
import { Input, type Command } from './command.ts'
import { usageOf } from './help.ts'

/** A command to run, or the words whose help is wanted: none for the program's own. */
export type Parsed =
  | { readonly kind: 'run'; readonly command: Command; readonly input: Input }
  | { readonly kind: 'help'; readonly path: readonly string[] }

/** Reads the arguments. Throws OperatorError with exit status 2 and what to type instead. */
export function parse(commands: readonly Command[], argv: readonly string[]): Parsed {
  if (argv[0] === 'help') return parse(commands, [...argv.slice(1), '--help'])
  if (argv[0] === '--version') return parse(commands, ['version', ...argv.slice(1)])
  const end = argv.findIndex((word) => word.startsWith('-'))
  const words = end < 0 ? argv : argv.slice(0, end)
  const command = commands.find(({ path }) => startsWith(words, path))
  const before = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  const wantsHelp = before.includes('--help') || before.includes('-h')
  if (command) {
    if (wantsHelp) return { kind: 'help', path: command.path }
    return { kind: 'run', command, input: readInput(command, argv.slice(command.path.length)) }
  }
  const isGroup = commands.some(({ path }) => startsWith(path, words))
  if (wantsHelp && isGroup) return { kind: 'help', path: words }
  throw unknownCommand(commands, argv, words)
}

function startsWith(words: readonly string[], start: readonly string[]): boolean {
  return start.every((word, at) => words[at] === word)
}

function unknownCommand(
  commands: readonly Command[],
  argv: readonly string[],
  words: readonly string[],
): OperatorError {
  const [first, second] = words
  if (first === undefined) {
    const message =
      argv[0] === undefined ? 'no command was given' : `the command comes first, before ${argv[0]}`
    return new OperatorError(message, 'pangate --help', 2)
  }
  const inGroup = commands.filter(({ path }) => path[0] === first)
  const next = inGroup.map(({ path }) => path[1] ?? '')
  if (inGroup.length > 0 && second === undefined) {
    const message = `${first} is not all of a command: it goes on with ${next.join(', ')}`
    return new OperatorError(message, `pangate ${first} --help`, 2)
  }
  const before = inGroup.length > 0 ? `${first} ` : ''
  const typed = inGroup.length > 0 ? (second ?? '') : first
  const known = inGroup.length > 0 ? next : [...new Set(commands.map(({ path }) => path[0] ?? ''))]
  const meant = nearest(typed, known)
  const message = `there is no command ${before}${typed}`
  return meant === null
    ? new OperatorError(message, `pangate ${before}--help`, 2)
    : new OperatorError(
        `${message}; did you mean ${before}${meant}?`,
        `pangate ${before}${meant}`,
        2,
      )
}

function readInput(command: Command, args: readonly string[]): Input {
  const { options, argument, path } = command
  const refuse = (message: string): OperatorError =>
    new OperatorError(message, `pangate ${path.join(' ')} --help`, 2)
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(options).map(([name, { type }]) => [
        name,
        { type: type === 'flag' ? ('boolean' as const) : ('string' as const) },
      ]),
    ),
    // Its own errors repeat what was typed, which may be a secret in the wrong place.
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const values = new Map<string, readonly string[]>()
  const words: string[] = []
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      words.push(token.value)
      continue
    }
    const { name, rawName, value, inlineValue } = token
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    if (!option) {
      const meant = nearest(name, [...Object.keys(options), 'help'])
      const hint = meant === null ? '' : `; did you mean --${meant}?`
      throw refuse(`${path.join(' ')} has no option ${rawName}${hint}`)
    }
    if (option.type === 'flag') {
      if (value !== undefined) throw refuse(`--${name} takes no value`)
    } else if (value === undefined || value === '' || (!inlineValue && /^-./.test(value))) {
      throw refuse(`--${name} needs a value: --${name}=${option.value ?? 'VALUE'}`)
    }
    const earlier = values.get(name)
    if (earlier && option.type === 'text') throw refuse(`--${name} is given twice`)
    values.set(name, [...(earlier ?? []), ...(value === undefined ? [] : [value])])
  }
  const [word, ...more] = words
  if (more.length > 0 || (word !== undefined && !argument)) {
    throw refuse(`${path.join(' ')} takes ${argument ? 'one word' : 'no words'} beside its options`)
  }
  const missing = [
    ...(argument && !word ? [argument.name] : []),
    ...Object.entries(options)
      .filter(([name, { required }]) => required && !values.has(name))
      .map(([name, { value }]) => `--${name} ${value ?? ''}`.trimEnd()),
  ]
  if (missing.length > 0) {
    throw new OperatorError(`${path.join(' ')} needs ${missing.join(' and ')}`, usageOf(command), 2)
  }
  return new Input(command, word ?? '', values)
}
