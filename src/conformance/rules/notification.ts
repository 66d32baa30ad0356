/** @module Webhooks: genuine ones are read and acknowledged; changed ones and those under another secret are refused. */
import { isDeepStrictEqual } from 'node:util'
import type { Incoming } from '../../adapter.ts'
import { json } from '../../forward/parse.ts'
import { verifyWebhook } from '../../sign/index.ts'
import { complaint, words, type Complaint } from '../finding.ts'
import { textOf, type NotificationFixture } from '../fixture.ts'
import { isRow } from '../intents.ts'
import type { Rule } from '../rule.ts'
import { NOW, type Subject } from '../subject.ts'
import { tampered } from '../tampered.ts'
import { otherSecrets } from './signed_answers.ts'
import { wrongWith } from './outcomes.ts'

const RECORD =
  'record one as notification.NAME.json: {"genuine": true, "credentials", "now", "headers", "body", "notice"}'

export const notification: Rule = {
  name: 'notification',
  asks: 'genuine notifications are read and acknowledged; those with a changed body or under another secret are refused',
  check(subject) {
    const { adapter, fixtures } = subject
    if (!adapter.notification) return []
    const genuine = fixtures.notifications.filter((one) => one.genuine !== false)
    if (genuine.length === 0) {
      return [complaint('notification', 'there is no recorded genuine notification', RECORD)]
    }
    return fixtures.notifications.flatMap((one) =>
      one.genuine === false ? refused(subject, one) : taken(subject, one),
    )
  },
}

function refused(subject: Subject, fixture: NotificationFixture): readonly Complaint[] {
  if (!verified(subject, fixture, incoming(fixture))) return []
  return [complaint(fixture.name, 'verify takes it', 'refuse it: the file says it is not genuine')]
}

function taken(subject: Subject, fixture: NotificationFixture): readonly Complaint[] {
  const { name } = fixture
  const message = incoming(fixture)
  if (!verified(subject, fixture, message)) {
    const fix = 'mend verify, or the file: credentials in it are those it is signed with'
    return [complaint(name, 'verify refuses it, and the file says it is genuine', fix)]
  }
  const [all = '', ...others] = tampered(message.text)
  const kept = Object.keys(message.query).length > 0 ? { query: {} } : {}
  const lies: readonly (readonly [what: string, message: Incoming, secrets?: true])[] = [
    ['with other values in its body', with_(message, all)],
    ['with nothing in it', { ...with_(message, '{}'), ...kept, headers: {} }],
    ['under another secret', message, true],
  ]
  const believed = lies.filter(([, lie, secrets]) => verified(subject, fixture, lie, secrets))
  const change =
    others.length > 0 && others.every((text) => verified(subject, fixture, with_(message, text)))
  const fix = 'compute the signature over what the PSP signs, and compare it with crypto.equal'
  return [
    ...believed.map(([what]) => complaint(name, `verify takes it ${what}`, fix)),
    ...(change ? [complaint(name, 'verify takes it with any one value changed', fix)] : []),
    ...read(subject, fixture, message),
    ...acknowledged(subject, fixture),
  ]
}

function incoming(fixture: NotificationFixture): Incoming {
  const { headers = {}, query = {} } = fixture
  const text = textOf(fixture)
  const search = new URLSearchParams(query).toString()
  const url = fixture.url ?? `https://gateway.example/v1/notifications/acct_check?${search}`
  return { url, headers, query, text, json: json(text) }
}

function with_(message: Incoming, text: string): Incoming {
  return { ...message, text, json: json(text) }
}

function verified(
  subject: Subject,
  fixture: NotificationFixture,
  message: Incoming,
  others = false,
): boolean {
  const given = receiving(subject, fixture, others)
  const verify = subject.adapter.notification?.verify
  try {
    if (typeof verify === 'function') return verify(message, given) === true
    if (!verify) return false
    const { scheme, ...parameters } = verify
    const bytes = new TextEncoder().encode(message.text)
    const request = {
      method: 'POST' as const,
      url: message.url ?? '',
      headers: message.headers,
      bytes,
    }
    return verifyWebhook(scheme, parameters, request, given.credentials, given.now).ok
  } catch {
    // A check that fails lets nothing in.
    return false
  }
}

function receiving(subject: Subject, fixture: NotificationFixture, others: boolean) {
  const { adapter } = subject
  const own = { ...subject.credentials, ...fixture.credentials }
  const credentials = others ? otherSecrets(adapter, adapter.notification?.verify, own) : own
  const options = { ...subject.defaults, ...fixture.options }
  return { credentials, options, now: fixture.now ?? NOW / 1000 }
}

/** What is wrong with what `parse` makes of it. */
function read(
  { adapter }: Subject,
  { name, notice: wanted }: NotificationFixture,
  message: Incoming,
): readonly Complaint[] {
  try {
    const notice: unknown = adapter.notification?.parse(message)
    const outcome = isRow(notice) ? notice['outcome'] : null
    const wrong = wrongWith(outcome)
    if (wrong !== null) return [complaint(name, `parse: ${wrong}`, 'see the type Notice')]
    if (wanted === undefined || isDeepStrictEqual(notice, wanted)) return []
    return [complaint(name, `parse gives ${JSON.stringify(notice)}`, 'mend parse, or the file')]
  } catch (error) {
    return [complaint(name, `parse fails: ${words(error)}`, 'mend parse, or the file')]
  }
}

function acknowledged(subject: Subject, fixture: NotificationFixture): readonly Complaint[] {
  const given = receiving(subject, fixture, false)
  try {
    const [yes, no] = [true, false].map((accepted) =>
      subject.adapter.notification?.acknowledge(accepted, given),
    )
    const good = [yes, no].every(
      (one) => one && one.status >= 200 && one.status <= 599 && typeof one.body === 'string',
    )
    if (good && yes && yes.status < 300) return []
    const fix = "give { status: 200, headers: {}, body: '' } for what was accepted"
    return [complaint('acknowledge', 'it gives no status and body, or no success', fix)]
  } catch (error) {
    return [complaint('acknowledge', `it fails: ${words(error)}`, 'it has an account and no more')]
  }
}
