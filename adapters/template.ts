/**
 * @module An adapter of a template document: every request and every outcome is the document's.
 */
import type { Adapter, Answer, Intent, Kit, Opened } from '../src/adapter.ts'
import type { Acknowledgement, Derived, Template } from '../src/templates/compiled.ts'
import { outcomeOf, readerOf, words } from './template/answer.ts'
import { requestsOf, type Requests } from './template/request.ts'

/** The adapter of a document that was checked. Pure: the same document gives the same adapter. */
export default (kit: Kit) =>
  (document: Template): Adapter => {
    const requests = requestsOf(document, kit)
    const { id, name, docs, api_version, hosts, credentials, options, idempotency } = document
    return kit.define<string>({
      contract: 1,
      id,
      name,
      docs,
      api_version,
      hosts,
      credentials,
      options,
      idempotency,
      private_in_answer: document.private_in_answer,
      headers: staticHeaders(document, kit),
      ...(document.sign && { sign: document.sign }),
      operations: Object.fromEntries(
        document.operations.map(([operation, one]) => [
          operation,
          {
            needs: one.needs,
            ...(one.sign && { sign: one.sign }),
            check: (intent: Intent) => requests.complaints(one, intent),
            build: (intent: Intent) => requests.plan(one.request, intent),
            parse: (answer: Answer, intent: Intent) =>
              outcomeOf(
                one.answers,
                answer.status,
                readerOf(kit, one.answers.format, answer, intent),
                operation,
              ),
          },
        ]),
      ),
      ...sessionOf(document, kit, requests),
      ...(document.verify && { verify: document.verify }),
      ...notificationOf(document, kit),
      ...deriveOf(document, kit, requests),
    })
  }

/** Headers of every request hold credentials and session values alone. */
function staticHeaders({ headers }: Template, kit: Kit): NonNullable<Adapter['headers']> {
  return Object.fromEntries(
    headers.map(([name, parts]) => [
      name,
      parts.map((part) => {
        if (typeof part === 'string') return part
        return part.from === 'session' ? kit.session(part.name) : kit.credential(part.name)
      }),
    ]),
  )
}

function sessionOf({ session }: Template, kit: Kit, requests: Requests): Pick<Adapter, 'session'> {
  if (!session) return {}
  return {
    session: {
      plan: (intent) => requests.plan(session.request, { ...intent, extra: {} }),
      parse(answer) {
        if (answer.status < 200 || answer.status > 299) return null
        const reader = readerOf(kit, session.format, answer)
        const { seconds } = session
        const lasts = typeof seconds === 'number' ? seconds : Number(words(reader.value(seconds)))
        const values = session.values.flatMap(([name, from]) => {
          const value = words(reader.value(from))
          return value === null ? [] : [[name, value] as const]
        })
        if (values.length < session.values.length || !(lasts > 0)) return null
        return { values: Object.fromEntries(values), seconds: Math.floor(lasts) }
      },
    },
  }
}

function notificationOf({ notification }: Template, kit: Kit): Pick<Adapter, 'notification'> {
  if (!notification) return {}
  const written = ({ status, headers, body }: Acknowledgement) => ({ status, headers, body })
  return {
    notification: {
      verify: notification.verify,
      parse(incoming) {
        const { answers, merchant_reference } = notification
        const reader = readerOf(kit, answers.format, { ...incoming, status: 200 })
        const ids = answers.reference.map((places) => reader.first(places))
        return {
          reference: ids.length > 0 && !ids.includes(null) ? ids.join('|') : null,
          merchant_reference: reader.first(merchant_reference),
          outcome: outcomeOf(answers, 200, reader, 'notification'),
        }
      },
      acknowledge: (accepted) => written(accepted ? notification.accepted : notification.refused),
    },
  }
}

function deriveOf({ derived }: Template, kit: Kit, requests: Requests): Pick<Adapter, 'derive'> {
  // Without it, the adapter is never given a card.
  if (derived.length === 0) return {}
  return {
    derive: Object.fromEntries(
      derived.map(([name, one]) => [
        name,
        (opened: Opened) => computed(kit, one, opened, textOf(one, opened, requests)),
      ]),
    ),
  }
}

function textOf(
  { text }: Derived,
  { card, credentials, intent }: Opened,
  requests: Requests,
): string {
  return text
    .map((part) => {
      if (typeof part === 'string') return part
      const { from, name, filters } = part
      const value =
        from === 'card'
          ? card[name as 'number'] // Names of a card's fields were checked when the document was read.
          : from === 'credential'
            ? (credentials[name] ?? '')
            : String(requests.plain(part, intent) ?? '')
      return filters.reduce((one, filter) => {
        if (filter === 'length') return String(one.length)
        if (filter === 'yy' || filter === 'mm') return one.slice(-2)
        if (filter === 'number') return String(Number(one))
        if (filter === 'lower') return one.toLowerCase()
        return filter === 'upper' ? one.toUpperCase() : one
      }, value)
    })
    .join('')
}

function computed(
  { crypto }: Kit,
  { how }: Derived,
  { credentials }: Opened,
  text: string,
): string {
  if (how.kind === 'text') return text
  if (how.kind === 'hash') return crypto.hash(how.algorithm, text, how.output)
  const key = credentials[how.key] ?? ''
  if (how.kind === 'rsa') return crypto.rsaEncrypt(how.padding, key, text, how.output)
  const bytes = crypto.decode(key, how.key_encoding)
  return how.kind === 'hmac'
    ? crypto.hmac(how.algorithm, bytes, text, how.output)
    : crypto.encrypt(how.algorithm, bytes, text, { iv: 'fresh' }, how.output)
}
