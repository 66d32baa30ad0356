/**
 * @module The tables of docs/templates.md: presets, and schemes of signatures and webhooks.
 */
import { openRegistry } from '../src/registry.ts'
import { SCHEMES, WEBHOOKS } from '../src/sign/index.ts'
import { PRESETS } from '../src/templates/presets.ts'
import { readSource } from '../src/templates/source.ts'

type Row = readonly string[]

/** What each scheme does. */
export function schemes(): readonly Row[] {
  const rows = (kind: string, table: typeof SCHEMES | typeof WEBHOOKS): readonly Row[] =>
    Object.values(table).map(({ name, about, parameters }) => [
      kind,
      `\`${name}\``,
      about,
      Object.keys(parameters)
        .map((parameter) => `\`${parameter}\``)
        .join(' '),
    ])
  return [...rows('`sign`', SCHEMES), ...rows('`verify`', WEBHOOKS)]
}

/** What each preset does, and how its signature was proven. */
export function presets(): readonly Row[] {
  const registry = openRegistry()
  return Object.entries(PRESETS).map(([id, text]) => {
    const { name, docs, operations, notification } = registry.get(id)
    const document = Object(readSource(text, `${id}.yaml`).value)
    const webhook = notification ? ', webhooks' : ''
    return [
      `[${name}](${docs})`,
      `\`${id}\``,
      Object.keys(operations).join(', ') + webhook,
      `[page](${document.source})`,
      document.label ?? 'published vector',
    ]
  })
}
