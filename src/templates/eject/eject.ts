/**
 * @module A template as TypeScript: an adapter that does the same, to be changed by hand.
 */
import type { Answers, Template } from '../compiled.ts'
import { outcomeFunction } from './answers.ts'
import { helpersFor } from './helpers.ts'
import { members, named } from './members.ts'
import { indented, literal, quoted } from './print.ts'

/**
 * The source of an adapter.
 *
 * @param from the file it is made of, for its first line
 * @param types where types are imported from
 */
export function ejectTemplate(template: Template, from: string, types: string): string {
  const answers = variants(template)
  const tables = [...new Set(answers.map((one) => literal(one.declines)))]
  const declines = tables.map(
    (table, i) => `const ${named('DECLINES', i)}: { [code: string]: DeclineCode } = ${table}`,
  )
  const outcomes = answers.map((one, i) =>
    outcomeFunction(
      named('outcome', i),
      one,
      named('DECLINES', tables.indexOf(literal(one.declines))),
    ),
  )
  const adapter = `return define({\n${indented(members(template, answers).join(',\n'))},\n})`
  const inner = [...makers(template), ...outcomes, adapter].join('\n\n')
  const credentials = Object.keys(template.credentials).map(quoted)
  const kit = used(inner, [
    ...['define', 'card', 'credential', 'derived', 'session', 'decimal', 'xml', 'crypto'],
  ])
  const taken = inner.includes('textOf(') ? [...kit, 'text: textOf'] : kit
  const body = `${declines.join('\n\n')}

export default (${wide(taken)}: Kit) => {
${indented(inner)}
}`
  const helpers = helpersFor(body)
  const own = `type K = ${credentials.join(' | ') || 'string'}\n\n`
  const whole = `${/<K>/.test(helpers) ? own : ''}${body}${helpers === '' ? '' : `\n\n${helpers}`}`
  const names = [
    'Answer',
    'DeclineCode',
    'Field',
    'Hole',
    'Intent',
    'Json',
    'Kit',
    'Outcome',
    'Text',
  ]
  const imports = names.filter((name) => new RegExp(`\\b${name}\\b`).test(whole))
  return `/**
 * @module ${template.name}. ${template.docs}
 *
 * Made of ${from} by \`pangate adapter eject\`; it does the same, and is yours to change.
 */
import type {
${imports.map((name) => `  ${name},\n`).join('')}} from ${quoted(types)}

${whole}
`
}

function wide(names: readonly string[]): string {
  return `{ ${names.join(', ')} }`
}

function used(source: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => new RegExp(`(?<![\\w.'])${name}[(.]`).test(source))
}

/** The different ways in which answers are read. */
function variants(template: Template): readonly Answers[] {
  const all = [
    ...template.operations.map(([, { answers }]) => answers),
    ...(template.notification ? [template.notification.answers] : []),
  ]
  const seen = new Map(all.map((one) => [JSON.stringify(one), one]))
  return [...seen.values()]
}

/** Functions that some placeholders and readers need the kit for. */
function makers({ decimals, id, session, notification, operations }: Template): readonly string[] {
  const source = JSON.stringify([operations, session, notification])
  const made: string[] = []
  if (source.includes('"format":"json"')) {
    made.push(`/** JSON with every number in its own spelling; undefined for what is none. */
const jsonOf = (text: Json | undefined): Json | undefined => {
  try {
    return typeof text === 'string' ? crypto.exactJson(text.replace(/^\\ufeff/, '')) : undefined
  } catch {
    return undefined
  }
}`)
  }
  if (source.includes('"format":"xml"')) {
    made.push(`const xmlOf = (text: Json | undefined): Json | undefined =>
  typeof text === 'string' ? xml(text.replace(/^\\ufeff/, '')) : undefined`)
  }
  if (source.includes('"from":"id"')) {
    made.push(`/** Ids of a forward: the same for the same idempotency key, so that a second try is known as one. */
const id = ({ idempotency_key }: Intent, form: string): string => {
  const hex = crypto.hash('sha256', \`${id}.\${idempotency_key}\`)
  const end = hex.slice(20, 32)
  if (form === 'digits12') return String(parseInt(end, 16) % 1e12).padStart(12, '0')
  if (form !== 'uuid') return hex.slice(0, form === 'hex16' ? 16 : 32)
  return \`\${hex.slice(0, 8)}-\${hex.slice(8, 12)}-4\${hex.slice(13, 16)}-a\${hex.slice(17, 20)}-\${end}\`
}`)
  }
  if (Object.keys(decimals).length > 0) {
    made.push(`/** The amount in the PSP's units; null where they cannot hold it. */
const units = ({ amount }: Intent): { minor: number; decimal: string } | null => {
  if (!amount) return null
  const written = decimal(amount)
  const own = new Map(Object.entries(${literal(decimals)})).get(amount.currency)
  if (own === undefined) return { minor: amount.minor, decimal: written }
  const [whole = '', part = ''] = written.split('.')
  if (/[1-9]/.test(part.slice(own))) return null
  const digits = part.slice(0, own).padEnd(own, '0')
  return { minor: Number(whole + digits), decimal: own === 0 ? whole : \`\${whole}.\${digits}\` }
}`)
  }
  return made
}
