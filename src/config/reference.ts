/**
 * @module The reference of all settings, for docs/configuration.md.
 */
import { SECTIONS, variableOf } from './table.ts'

/** The reference of all settings as Markdown, a table for each section. */
export function renderConfigTable(): string {
  return [...SECTIONS]
    .map(([section, settings]) =>
      [
        `### \`[${section}]\``,
        '',
        '| setting | default | must be | meaning |',
        '|---|---|---|---|',
        ...[...settings].map(
          ([key, { type, fallback, doc }]) =>
            `| \`${key}\`<br>\`${variableOf(section, key)}\` | ${shown(fallback)} | ${cell(type.is)} | ${cell(doc)} |`,
        ),
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
