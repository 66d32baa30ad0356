/**
 * @module The reference of all settings, for docs/configuration.md.
 */
import { SECTIONS, variableOf } from './table.ts'
import { UNSUPPORTED } from './unsupported.ts'

/** The reference of all settings as Markdown, a table for each section. */
export function renderConfigTable(): string {
  return [...SECTIONS]
    .map(([section, settings]) =>
      [
        `### \`[${section}]\``,
        '',
        '| setting | default | must be | meaning |',
        '|---|---|---|---|',
        ...[...settings].map(([key, { type, fallback, doc }]) => {
          const later = UNSUPPORTED.find((row) => row.section === section && row.key === key)
          const meaning = later ? `${doc} Not yet: ${later.message}.` : doc
          return `| \`${key}\`<br>\`${variableOf(section, key)}\` | ${shown(fallback)} | ${cell(type.is)} | ${cell(meaning)} |`
        }),
        '',
      ].join('\n'),
    )
    .join('\n')
}

function shown(fallback: unknown): string {
  return fallback === null ? 'none' : `\`${JSON.stringify(fallback)}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
