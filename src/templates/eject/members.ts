/**
 * @module The members of an adapter made of a template, as TypeScript.
 */
import type { OperationName } from '../../adapter.ts'
import type { Answers, Derived, Operation, Template } from '../compiled.ts'
import { firstOf, outcomeCall, selector } from './answers.ts'
import { complaints } from './check.ts'
import { call, indented, list, literal, object, quoted } from './print.ts'
import { placeholder, plan, text } from './values.ts'

/** `outcome`, `outcome2` ..: names of what there are several of. */
export function named(name: string, index: number): string {
  return index === 0 ? name : `${name}${index + 1}`
}

/** The members of the adapter. */
export function members(template: Template, answers: readonly Answers[]): readonly string[] {
  const member = (name: string, value: string): string => `${name}: ${value}`
  const outcomeOf = (own: Answers): string =>
    named(
      'outcome',
      answers.findIndex((one) => JSON.stringify(one) === JSON.stringify(own)),
    )
  const { sign, session, verify, notification, derived, headers, options } = template
  return [
    member('contract', '1'),
    ...(['id', 'name', 'docs', 'api_version', 'hosts', 'credentials'] as const).map((name) =>
      member(name, literal(template[name])),
    ),
    ...(Object.keys(options).length > 0 ? [member('options', literal(options))] : []),
    member('idempotency', literal(template.idempotency)),
    member('private_in_answer', literal(template.private_in_answer)),
    ...(headers.length > 0
      ? [member('headers', object(headers.map(([name, parts]) => [name, text(parts, template)])))]
      : []),
    ...(sign ? [member('sign', literal(sign))] : []),
    member(
      'operations',
      object(
        template.operations.map(([name, one]) => [
          name,
          operation(name, one, template, outcomeOf(one.answers)),
        ]),
      ),
    ),
    ...(session ? [member('session', sessionOf(template))] : []),
    ...(verify ? [member('verify', literal(verify))] : []),
    ...(notification
      ? [member('notification', notificationOf(template, outcomeOf(notification.answers)))]
      : []),
    ...(derived.length > 0
      ? [member('derive', object(derived.map(([name, one]) => [name, derive(one, template)])))]
      : []),
  ]
}

function operation(
  name: OperationName,
  one: Operation,
  template: Template,
  outcome: string,
): string {
  const build = plan(one.request, template, name)
  const wrong = complaints(name, one, template)
  const read = outcomeCall(outcome, one.answers, name, true)
  return object([
    ['needs', literal(one.needs)],
    ...(one.sign ? [['sign', literal(one.sign)] as const] : []),
    ...(wrong.length > 0 ? [['check', `(intent) => ${list(wrong)}`] as const] : []),
    ['build', `${/\bintent\b/.test(build) ? '(intent)' : '()'} => (${build})`],
    ['parse', `${read.includes('intent') ? '(answer, intent)' : '(answer)'} => ${read}`],
  ])
}

function sessionOf(template: Template): string {
  const { session } = template
  if (!session) return '{}'
  const { format, seconds, values, request } = session
  const built = plan({ ...request, named: [] }, template, 'purchase').replace(
    /with(?:ExtraInRoot|Extra)\(([\s\S]*?),\s*intent\.extra,?\s*\)/,
    '$1',
  )
  const lasts =
    typeof seconds === 'number' ? String(seconds) : `Number(words(${selector(seconds, format)}))`
  const found = values.map(([name, place]) => [name, firstOf([place], format)] as const)
  const none = found.map(([name]) => `values.${name} === null`).join(' || ')
  return object([
    ['plan', `${/\bintent\b/.test(built) ? '(intent)' : '()'} => (${built})`],
    [
      'parse',
      `(answer) => {
  const body = ${format}Of(answer.text)
  const seconds = Math.floor(${lasts})
  const values = ${object(found)}
  if (answer.status < 200 || answer.status > 299 || ${none} || !(seconds > 0)) return null
  return { values: ${object(found.map(([name]) => [name, `values.${name}`]))}, seconds }
}`,
    ],
  ])
}

function notificationOf({ notification }: Template, outcome: string): string {
  if (!notification) return '{}'
  const { verify, answers, merchant_reference, accepted, refused } = notification
  const { format } = answers
  const ids = answers.reference.map((places) => firstOf(places, format))
  return object([
    ['verify', literal(verify)],
    [
      'parse',
      `(incoming) => {\n${indented(
        [
          'const answer = { ...incoming, status: 200 }',
          `const body = ${format}Of(answer.text)`,
          `return ${object([
            ['reference', ids.length === 1 ? (ids[0] ?? 'null') : call('allOf', ...ids)],
            ['merchant_reference', firstOf(merchant_reference, format)],
            ['outcome', outcomeCall(outcome, answers, 'notification', false)],
          ])}`,
        ].join('\n'),
      )}\n}`,
    ],
    ['acknowledge', `(accepted) => (accepted ? ${literal(accepted)} : ${literal(refused)})`],
  ])
}

function derive({ text: parts, how }: Derived, template: Template): string {
  const written = parts.map((part) => {
    if (typeof part === 'string') return quoted(part)
    const { from, name, filters } = part
    if (from === 'credential') return `credentials[${quoted(name)}]`
    if (from !== 'card') return `String(${placeholder(part, template)} ?? '')`
    return filters.reduce((one, filter) => {
      if (filter === 'length') return `String(${one}.length)`
      if (filter === 'number') return `String(Number(${one}))`
      if (filter === 'lower') return `${one}.toLowerCase()`
      if (filter === 'upper') return `${one}.toUpperCase()`
      return filter === 'yyyy' ? one : `${one}.slice(-2)`
    }, `card.${name}`)
  })
  const plain = written.join(' + ')
  const key = 'key' in how ? `credentials[${quoted(how.key)}] ?? ''` : ''
  const bytes = (encoding: string): string => `crypto.decode(${key}, ${quoted(encoding)})`
  const result =
    how.kind === 'text'
      ? plain
      : how.kind === 'hash'
        ? call('crypto.hash', quoted(how.algorithm), plain, quoted(how.output))
        : how.kind === 'rsa'
          ? call('crypto.rsaEncrypt', quoted(how.padding), key, plain, quoted(how.output))
          : how.kind === 'hmac'
            ? call(
                'crypto.hmac',
                quoted(how.algorithm),
                bytes(how.key_encoding),
                plain,
                quoted(how.output),
              )
            : call(
                'crypto.encrypt',
                quoted(how.algorithm),
                bytes(how.key_encoding),
                plain,
                "{ iv: 'fresh' }",
                quoted(how.output),
              )
  const names = ['card', 'credentials', 'intent'].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(result),
  )
  return `({ ${names.join(', ')} }) => ${result}`
}
