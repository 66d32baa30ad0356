/**
 * @module How a document reads answers: selectors and rules, parsed and checked.
 */
import type { DeclineCode, OperationName } from '../adapter.ts'
import type { Answers, Condition, Format, Rule, Selector } from './compiled.ts'
import { DECLINES, REFUSALS } from './codes.ts'
import type { AnswersDocument, RuleDocument } from './document.ts'
import type { Path, Problems } from './problems.ts'
import { parseSelector, safePattern } from './selector.ts'

const NOTHING: Selector = { from: 'body', steps: [], name: '', then: null }

/** What a rule without a status is about. */
const STATUSES: Readonly<Record<Rule['kind'], Rule['status']>> = {
  approved: [[200, 299]],
  pending: [[200, 299]],
  action_required: [[200, 299]],
  declined: [[200, 499]],
  refused: [[200, 499]],
}

/**
 * Answers as an operation reads them: what it does not say itself, the document's own says. Selectors are those of a format,
 * so of answers in another one only the codes of declines are the document's.
 */
export function readAnswers(
  document: AnswersDocument,
  whole: AnswersDocument,
  at: Path,
  problems: Problems,
): Answers {
  const format = document.format ?? whole.format ?? 'json'
  const { declines = {} } = whole
  const base: AnswersDocument = format === (whole.format ?? 'json') ? whole : { declines }
  const where = (name: keyof AnswersDocument): Path =>
    document[name] === undefined ? ['answers', name] : [...at, name]
  const many = (name: 'code' | 'message' | 'url'): readonly Selector[] =>
    readSelectors(document[name] ?? base[name] ?? [], format, where(name), problems)
  const reference = document.reference ?? base.reference
  const form = document.form ?? base.form
  if (reference === undefined) problems.add(at, 'reference is missing: where its id stands')
  const parts = isTable(reference)
    ? Object.values(reference)
    : reference === undefined
      ? []
      : [reference]
  const rules = document.rules ?? base.rules
  if (rules === undefined) problems.add(at, 'rules are missing: what each answer means')
  return {
    format,
    reference: parts.map((one) => readSelectors(one, format, where('reference'), problems)),
    code: many('code'),
    message: many('message'),
    url: many('url'),
    form: form === undefined ? null : readSelector(form, format, where('form'), problems),
    declines: readDeclines(document.declines ?? base.declines ?? {}, where('declines'), problems),
    rules: (rules ?? []).map((rule, i) => readRule(rule, format, [...where('rules'), i], problems)),
  }
}

/** The parts of a reference by name; false for one that is a single value. */
export function isTable(
  reference: AnswersDocument['reference'],
): reference is Record<string, string | string[]> {
  return typeof reference === 'object' && !Array.isArray(reference)
}

/** One selector or several. */
export function readSelectors(
  given: string | readonly string[],
  format: Format,
  at: Path,
  problems: Problems,
): readonly Selector[] {
  return typeof given === 'string'
    ? [readSelector(given, format, at, problems)]
    : given.map((one, i) => readSelector(one, format, [...at, i], problems))
}

export function readSelector(text: string, format: Format, at: Path, problems: Problems): Selector {
  return problems.attempt(at, () => parseSelector(text, format)) ?? NOTHING
}

function readDeclines(
  given: NonNullable<AnswersDocument['declines']>,
  at: Path,
  problems: Problems,
): Readonly<Record<string, DeclineCode>> {
  const declines = new Map<string, DeclineCode>()
  for (const [name, codes] of Object.entries(given)) {
    const code = DECLINES.find((one) => one === name)
    if (!code) {
      problems.add([...at, name], `is none of ${DECLINES.join(', ')}`)
      continue
    }
    for (const theirs of codes) {
      if (declines.has(String(theirs))) problems.add([...at, name], `${theirs} is there twice`)
      declines.set(String(theirs), code)
    }
  }
  return Object.fromEntries(declines)
}

function readRule(rule: RuleDocument, format: Format, at: Path, problems: Problems): Rule {
  const { kind, code } = rule
  const codes: readonly string[] =
    kind === 'refused' ? REFUSALS : kind === 'declined' ? DECLINES : []
  if (code !== undefined && !codes.includes(code)) {
    problems.add([...at, 'code'], `of ${kind} is ${codes.length > 0 ? codes.join(', ') : 'none'}`)
  }
  if (kind === 'refused' && code === undefined) {
    problems.add(at, `refused wants a code: ${REFUSALS.join(', ')}`)
  }
  const says = rule.when !== undefined || rule.exists !== undefined
  if (!says && (kind === 'approved' || kind === 'pending' || kind === 'action_required')) {
    problems.add(at, `${kind} wants more than a status: say what is in the answer`)
  }
  return {
    status: rule.status === undefined ? STATUSES[kind] : readStatuses(rule.status, at, problems),
    when: Object.entries(rule.when ?? {}).map(([selector, values]) =>
      readCondition(selector, values, format, [...at, 'when', selector], problems),
    ),
    exists: readSelectors(rule.exists ?? [], format, [...at, 'exists'], problems),
    absent: readSelectors(rule.absent ?? [], format, [...at, 'absent'], problems),
    for: readFor(rule.for),
    kind,
    code: code ?? null,
  }
}

function readFor(given: RuleDocument['for']): Rule['for'] {
  if (given === undefined) return null
  // The schema lets in these names alone; a list is one where it is no text.
  return (typeof given === 'string' ? [given] : given) as readonly (
    OperationName | 'notification'
  )[]
}

function readCondition(
  selector: string,
  values: NonNullable<RuleDocument['when']>[string],
  format: Format,
  at: Path,
  problems: Problems,
): Condition {
  const list = Array.isArray(values) ? values : [values]
  const [first] = list
  const pattern =
    typeof first === 'string' && list.length === 1 ? /^\/(.+)\/$/s.exec(first)?.[1] : undefined
  return {
    at: readSelector(selector, format, at, problems),
    // Numbers are compared in their spelling.
    is:
      pattern === undefined ? list.map((one) => (typeof one === 'number' ? String(one) : one)) : [],
    matches:
      pattern === undefined
        ? null
        : (problems.attempt(at, () => safePattern(pattern, false)) ?? null),
  }
}

function readStatuses(
  given: NonNullable<RuleDocument['status']>,
  at: Path,
  problems: Problems,
): Rule['status'] {
  return (Array.isArray(given) ? given : [given]).map((one) => {
    const [, from, to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(String(one)) ?? []
    if (from === undefined || Number(to) < Number(from)) {
      problems.add([...at, 'status'], 'is no HTTP status such as 402, nor a range such as 200-299')
    }
    return [Number(from ?? 0), Number(to ?? 0)] as const
  })
}
