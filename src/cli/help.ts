/**
 * @module The help of the program, of a group of commands and of one, made from the table.
 */
import { VERSION } from '../version.ts'
import type { Command } from './command.ts'

const WIDTH = 96

/** The help for these words: none for the program, some of a path for a group, a whole path for a command. */
export function helpOf(commands: readonly Command[], words: readonly string[]): string {
  const within = commands.filter(({ path }) => words.every((word, at) => path[at] === word))
  const [only, ...others] = within
  if (only && others.length === 0 && only.path.length === words.length) return commandHelp(only)
  const title =
    words.length === 0
      ? `pangate ${VERSION}: a card vault and PSP forwarding gateway in one executable`
      : `pangate ${words.join(' ')}`
  const shown = within.map((command) => ({ ...command, name: nameOf(command) }))
  const width = Math.max(...shown.map(({ name }) => name.length))
  const groups = [...new Set(shown.map(({ group }) => group))].map((group) =>
    [
      group,
      ...shown
        .filter((one) => one.group === group)
        .map(({ name, summary }) => entry(name, width, summary)),
    ].join('\n'),
  )
  return [
    title,
    ...groups,
    `Each has --help: pangate ${shown[0]?.path.join(' ') ?? ''} --help`,
  ].join('\n\n')
}

/** How a command is typed, in one line. */
export function usageOf({ path, argument, options }: Command): string {
  const words = Object.entries(options).map(([name, { type, value, required }]) => {
    const word = `--${name}${type === 'flag' ? '' : ` ${value ?? 'VALUE'}`}${type === 'list' ? '..' : ''}`
    return required ? word : `[${word}]`
  })
  return ['pangate', ...path, ...(argument ? [argument.name] : []), ...words].join(' ')
}

function commandHelp(command: Command): string {
  const { summary, details = [], argument, options } = command
  const rows: readonly (readonly [string, string])[] = [
    ...(argument ? [[argument.name, argument.doc] as const] : []),
    ...Object.entries(options).map(
      ([name, { type, value, doc }]) =>
        [type === 'flag' ? `--${name}` : `--${name} ${value ?? 'VALUE'}`, doc] as const,
    ),
    ['--help', 'this text'],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return [
    wrap(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`, '', ''),
    wrap(usageOf(command), '  ', '      '),
    ...details.map((text) => (text.includes('\n') ? text : wrap(text, '', ''))),
    rows.map(([name, doc]) => entry(name, width, doc)).join('\n'),
  ].join('\n\n')
}

function nameOf({ path, argument }: Command): string {
  return [...path, ...(argument ? [argument.name] : [])].join(' ')
}

function entry(name: string, width: number, text: string): string {
  return wrap(text, `  ${name.padEnd(width)}  `, ' '.repeat(width + 4))
}

/** Breaks between words; what stands in brackets stays together. */
function wrap(text: string, first: string, rest: string): string {
  const lines: string[] = []
  let line = first
  let empty = true
  for (const word of text.match(/\[[^\]]*\]|--\S+ [A-Z]\S*|\S+/g) ?? []) {
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = rest
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
  }
  return [...lines, line].join('\n')
}
