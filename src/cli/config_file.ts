/**
 * @module Writes pangate.toml: every setting with what it means, those that are set in force, the others as comments.
 */
import { SECTIONS } from '../config/table.ts'

/** Section -> key -> value, for the settings that are in force. */
export type ConfigValues = Readonly<
  Record<string, Readonly<Record<string, string | number | readonly string[]>>>
>

/** The text of a file for an operator: all settings of this build, explained. */
export function explainedConfig(values: ConfigValues): string {
  const sections = [...SECTIONS].map(([section, settings]) => {
    const entries = [...settings].map(([key, { doc, fallback, type }]) => {
      const value = values[section]?.[key]
      if (value !== undefined) return `# ${doc}\n${key} = ${toml(value)}`
      return `# ${doc}\n# ${key} = ${fallback === null ? `(${type.is})` : toml(fallback)}`
    })
    return [`[${section}]`, ...entries].join('\n')
  })
  const head =
    '# The configuration of Pangate. Lines that begin with # are explanations and defaults.\n' +
    '# Each key is an environment variable too, which wins: PANGATE_SERVER_LISTEN.'
  return `${[head, ...sections].join('\n\n')}\n`
}

/** The text of a file that a program writes for other programs: what is set, and no more. */
export function plainConfig(head: string, values: ConfigValues): string {
  const sections = Object.entries(values).map(([section, settings]) =>
    [
      `[${section}]`,
      ...Object.entries(settings).map(([key, value]) => `${key} = ${toml(value)}`),
    ].join('\n'),
  )
  return `${[head, ...sections].join('\n\n')}\n`
}

/** Strings, numbers, arrays and empty tables are written in TOML as they are in JSON. https://toml.io/en/v1.0.0#string */
function toml(value: unknown): string {
  // What JSON leaves as it is and TOML does not take: the one control character of the two.
  return JSON.stringify(value).replaceAll('\x7f', '\\u007f')
}
