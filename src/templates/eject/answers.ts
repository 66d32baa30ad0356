/**
 * @module Rules of a template as a TypeScript function from an answer to an outcome.
 */
import type { Answers, Condition, Format, Rule, Selector, Step } from '../compiled.ts'
import { call, indented, list, literal, object, quoted } from './print.ts'

/** A selector as an expression over `body`, `answer` and `intent`. */
export function selector({ from, steps, name, then }: Selector, format: Format): string {
  if (from === 'header') return `answer.headers[${quoted(name)}]`
  if (from === 'request') return `intent?.${name}`
  if (from === 'text') {
    return `${new RegExp(name, 'u').toString()}.exec(answer.text.slice(0, 8192))?.[1]`
  }
  const outer = walk('body', steps, format)
  return then ? walk(`${then.format}Of(${outer})`, then.steps, then.format) : outer
}

function walk(from: string, steps: readonly Step[], format: Format): string {
  const path = steps.map((one) =>
    'name' in one ? quoted(one.name) : 'index' in one ? String(one.index) : literal(one),
  )
  return format === 'xml'
    ? `first(${[from, ...path].join(', ')})`
    : `at(${[from, ...path].join(', ')})`
}

/** The first of several places that has a text. */
export function firstOf(places: readonly Selector[], format: Format): string {
  return places.length === 0
    ? 'null'
    : chained(places.map((one) => `words(${selector(one, format)})`))
}

function chained(all: readonly string[]): string {
  const line = all.join(' ?? ')
  return line.length <= 70 ? line : `\n${indented(all.join(' ??\n'))}`
}

/** Which of its further parameters the function of some answers has use for. */
function parametersOf({ reference, rules }: Answers): readonly string[] {
  const asks = reference.flat().some(({ from }) => from === 'request')
  return [
    ...(rules.some((rule) => rule.for !== null) ? ['about: string'] : []),
    ...(asks ? ['intent?: Intent'] : []),
  ]
}

/** A call of the function, from `parse` of an operation or of a notification. */
export function outcomeCall(
  name: string,
  answers: Answers,
  about: string,
  intent: boolean,
): string {
  const given = parametersOf(answers).flatMap((one) =>
    one.startsWith('about') ? [quoted(about)] : intent ? ['intent'] : [],
  )
  return call(name, 'answer', ...given)
}

/** The whole function. `about` is what the answer is about: the name of an operation, or `notification`. */
export function outcomeFunction(name: string, answers: Answers, declines: string): string {
  const { format } = answers
  const ids = answers.reference.map((places) => firstOf(places, format))
  const [only = 'null'] = ids
  const body = [
    `const body = ${format}Of(answer.text)`,
    `const code = ${firstOf(answers.code, format)}`,
    `const message = ${firstOf(answers.message, format)}`,
    'const psp = { code, message }',
    `const reference = ${ids.length === 1 ? only : call('allOf', ...ids)}`,
    ...answers.rules.map((rule) => ruleLine(rule, answers, declines)),
    'const reason = `HTTP ${answer.status} with an answer that no rule knows`',
    "return { psp, kind: 'unrecognised', reason }",
  ]
  const parameters = ['answer: Answer', ...parametersOf(answers)].join(', ')
  return `const ${name} = (${parameters}): Outcome => {\n${indented(body.join('\n'))}\n}`
}

function ruleLine(rule: Rule, answers: Answers, declines: string): string {
  const { format } = answers
  const conditions = [
    ...rule.when.map((one) => condition(one, format)),
    ...rule.exists.map((one) => `words(${selector(one, format)}) !== null`),
    ...rule.absent.map((one) => `words(${selector(one, format)}) === null`),
    ...(rule.for ? [`${list(rule.for.map(quoted))}.includes(about)`] : []),
  ]
  const status = rule.status.map(([from, to]) =>
    from === to ? `answer.status === ${from}` : `between(answer.status, ${from}, ${to})`,
  )
  const alone = conditions.length === 0 || status.length === 1
  const all = [alone ? status.join(' || ') : `(${status.join(' || ')})`, ...conditions]
  const test = all.join(' && ')
  const broken = test.length > 90 ? `\n${indented(all.join(' &&\n'))}\n` : test
  return `if (${broken}) {\n  return ${result(rule, answers, declines)}\n}`
}

function condition({ at, is, matches }: Condition, format: Format): string {
  const value = selector(at, format)
  if (matches !== null)
    return `matches(${value}, ${new RegExp(`^(?:${matches})$`, 'u').toString()})`
  const [only] = is
  return is.length === 1 ? `${value} === ${literal(only)}` : call('is', value, ...is.map(literal))
}

function result({ kind, code }: Rule, { url, form, format }: Answers, declines: string): string {
  if (kind === 'declined') {
    const known = code === null ? `declineOf(${declines}, code)` : quoted(code)
    return object([
      ['', 'psp'],
      ['kind', quoted(kind)],
      ['', 'reference'],
      ['code', known],
    ])
  }
  if (kind === 'refused') return `{ psp, kind: 'refused', code: ${quoted(code ?? 'request')} }`
  if (kind === 'action_required') {
    const fields = form ? [`posted(${selector(form, format)})`] : []
    return call('action', 'psp', 'reference', firstOf(url, format), ...fields)
  }
  return `done(${quoted(kind)}, psp, reference)`
}
