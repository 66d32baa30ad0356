/**
 * @module Compiles a document: every placeholder, selector and scheme is parsed here, once, and everything wrong is told at once.
 */
import { OPERATIONS, type Need, type Option } from '../adapter.ts'
import { isTable, readAnswers, readSelector, readSelectors } from './answers.ts'
import type { Acknowledgement, Operation, Template } from './compiled.ts'
import type { TemplateDocument } from './document.ts'
import { needsOf } from './needs.ts'
import type { Names, Scope } from './placeholder.ts'
import type { Path, Problems } from './problems.ts'
import { readAnswerVerify, readDerived, readSign, readVerify } from './schemes.ts'
import { readRequest, readText, type Reading } from './value.ts'

/** The template, which is of use where no problems were added. */
export function compileDocument(document: TemplateDocument, problems: Problems): Template {
  const { answers } = document
  const names: Names = {
    credentials: Object.keys(document.credentials),
    options: Object.keys(document.options ?? {}),
    derived: Object.keys(document.derived ?? {}),
    session: Object.keys(document.session?.values ?? {}),
    parts: isTable(answers.reference) ? Object.keys(answers.reference) : [],
  }
  const choices = Object.fromEntries(
    Object.entries(document.options ?? {}).map(([name, option]) => [name, option.choices]),
  )
  const reading = (scope: Scope): Reading => ({ scope, names, problems, choices })
  checkHosts(document, problems)
  const derived = Object.entries(document.derived ?? {}).map(
    ([name, one]) => [name, readDerived(one, ['derived', name], reading('derived'))] as const,
  )
  const operations = OPERATIONS.flatMap((name) => {
    const one = document.operations[name]
    if (!one) return []
    const at: Path = ['operations', name]
    const request = readRequest(one, at, reading('operation'))
    const inferred = needsOf(request, derived, name)
    const operation: Operation = {
      // Names of needs are free text after `extra.`; a wrong one is always missing, and said so to the caller.
      needs: [...new Set([...inferred, ...((one.needs ?? []) as readonly Need[])])],
      request,
      sign: readSign(one.sign, [...at, 'sign'], reading('operation')),
      answers: readAnswers(one.answers ?? {}, answers, [...at, 'answers'], problems),
      inPath: request.path.flatMap((part) =>
        typeof part !== 'string' && ['intent', 'reference'].includes(part.from) ? [part.name] : [],
      ),
    }
    return [[name, operation] as const]
  })
  if (operations.length === 0) problems.add(['operations'], 'there is none')
  return {
    id: document.id,
    name: document.name,
    docs: document.docs,
    api_version: document.api_version,
    // The schema lets in nothing else.
    hosts: document.hosts as Template['hosts'],
    credentials: Object.fromEntries(
      Object.entries(document.credentials).map(([name, { label, secret, ...more }]) => [
        name,
        {
          label,
          secret,
          ...(more.optional !== undefined && { optional: more.optional }),
          ...(more.max_bytes !== undefined && { max_bytes: more.max_bytes }),
        },
      ]),
    ),
    options: Object.fromEntries(
      Object.entries(document.options ?? {}).map(
        ([
          name,
          {
            label,
            choices: [first = '', ...more],
          },
        ]): [string, Option] => [name, { label, choices: [first, ...more] }],
      ),
    ),
    idempotency: idempotencyOf(document, problems),
    headers: Object.entries(document.headers ?? {}).map(([name, text]) => [
      name,
      readText(text, ['headers', name], reading('static')),
    ]),
    private_in_answer: document.private_in_answer ?? [],
    decimals: document.decimals ?? {},
    currencies: currenciesOf(document, problems),
    parts: names.parts,
    sign: readSign(document.sign, ['sign'], reading('operation')),
    derived,
    session: sessionOf(document, reading('session')),
    operations,
    answers: readAnswers(answers, answers, ['answers'], problems),
    verify: document.verify
      ? readAnswerVerify(document.verify, ['verify'], reading('static'))
      : null,
    notification: notificationOf(document, reading('static')),
  }
}

function checkHosts({ hosts, credentials }: TemplateDocument, problems: Problems): void {
  for (const [mode, host] of Object.entries(hosts)) {
    const names = [...host.matchAll(/\{(\w*)\}/g)].map(([, name = '']) => name)
    if (names.length > 1) problems.add(['hosts', mode], 'has more than one {name}')
    const [name] = names
    if (name === undefined) continue
    if (!Object.hasOwn(credentials, name) || credentials[name]?.secret !== false) {
      problems.add(['hosts', mode], `{${name}} is no declared credential that is not secret`)
    }
  }
}

function idempotencyOf(
  { idempotency = {} }: TemplateDocument,
  problems: Problems,
): Template['idempotency'] {
  const { header, field } = idempotency
  if (header !== undefined && field !== undefined) {
    problems.add(['idempotency'], 'is in a header or a field, not in both')
  }
  if (header !== undefined) return { header }
  return field === undefined ? 'unsupported' : { field }
}

function currenciesOf(
  { currencies, credentials }: TemplateDocument,
  problems: Problems,
): Template['currencies'] {
  if (typeof currencies !== 'string') return currencies ?? null
  const credential = currencies.slice('{{credential.'.length, -2)
  if (credentials[credential]?.secret !== false) {
    problems.add(['currencies'], `${credential} is no declared credential that is not secret`)
  }
  return { credential }
}

function sessionOf({ session }: TemplateDocument, reading: Reading): Template['session'] {
  if (!session) return null
  const { values, seconds, format = 'json', ...request } = session
  const read = (text: string, ...at: string[]) =>
    readSelector(text, format, ['session', ...at], reading.problems)
  return {
    request: readRequest(request, ['session'], reading),
    values: Object.entries(values).map(([name, text]) => [name, read(text, 'values', name)]),
    seconds: typeof seconds === 'number' ? seconds : read(seconds, 'seconds'),
    format,
  }
}

function notificationOf(
  { notification, answers }: TemplateDocument,
  reading: Reading,
): Template['notification'] {
  if (!notification) return null
  const { verify, merchant_reference, accepted, refused } = notification
  const own = notification.answers ?? {}
  const format = own.format ?? answers.format ?? 'json'
  return {
    verify: readVerify(verify, ['notification', 'verify'], reading),
    answers: readAnswers(own, answers, ['notification', 'answers'], reading.problems),
    merchant_reference: readSelectors(
      merchant_reference ?? [],
      format,
      ['notification', 'merchant_reference'],
      reading.problems,
    ),
    accepted: acknowledgement(accepted),
    refused: acknowledgement(refused),
  }
}

function acknowledgement(given: {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string
}): Acknowledgement {
  return { status: given.status, headers: given.headers ?? {}, body: given.body ?? '' }
}
