/**
 * @module A PSP's message to us: checked by its adapter before a word of it is believed, recorded, answered in the PSP's form.
 */
import { createHmac } from 'node:crypto'
import type { Adapter, Incoming, Json, Notice, Notification, Receiving } from '../adapter.ts'
import { looksLikeCardNumber, maskCardNumbers } from '../card.ts'
import { GatewayError } from '../errors.ts'
import { newId } from '../id.ts'
import { verifyWebhook } from '../sign/index.ts'
import type { AccountRow } from '../store/accounts.ts'
import { insertNotification, type NotificationRow } from '../store/notifications.ts'
import { fault } from '../telemetry/log.ts'
import { openCredentials } from '../vault/credentials.ts'
import type { Keyring } from '../vault/keyring.ts'
import { textOf } from '../vault/seal.ts'
import type { Core } from './core.ts'
import { receiptFor } from './notified.ts'
import { json } from './parse.ts'

/** A message as it arrived. Header names are lower-case. */
export interface Message {
  /** The address that the PSP was given. */
  readonly url: string
  readonly headers: Incoming['headers']
  readonly query: Incoming['query']
  readonly bytes: Uint8Array
}

/** What is kept of a message, sealed. */
export interface KeptMessage {
  /** Without what looks like card numbers. */
  readonly body: string
  /** Null where the message was not genuine, or cannot be read. */
  readonly notice: Notice | null
}

type Acknowledgement = ReturnType<Notification['acknowledge']>

/**
 * Takes a message for an account. Durable before it resolves. `unproven` is called before one that is not genuine is
 * written down, and may throw. Throws `not_found` for an account whose PSP sends none, and
 * `storage_unavailable`: the PSP sends it again then.
 */
export async function receive(
  core: Core,
  account: AccountRow,
  message: Message,
  unproven: () => Promise<void>,
): Promise<Acknowledgement> {
  const adapter = core.registry.get(account.adapter)
  const { notification } = adapter
  if (!notification) throw new GatewayError('not_found', 'Its PSP sends no notifications.')
  const given = await givenTo(core, adapter, account)
  const text = Buffer.from(message.bytes).toString('utf8')
  const incoming: Incoming = { ...message, text, json: json(text) }
  const verified = attempt(core, account, () => isGenuine(notification, incoming, message, given))
  if (verified !== true) await unproven()
  const notice = verified
    ? attempt(core, account, () => notification.parse(scrubbed(incoming)))
    : null
  await record(core, account, message, verified === true, {
    body: maskCardNumbers(text),
    notice: notice ?? null,
  })
  core.log.info('notification', {
    tenant: account.tenant_id,
    code: verified === true ? 'verified' : 'unverified',
  })
  return notification.acknowledge(verified === true, given)
}

/** Opens what is kept of a message. */
export async function openMessage(keyring: Keyring, row: NotificationRow): Promise<KeptMessage> {
  const place = [row.tenant_id, row.id, 'notification']
  const plain = textOf(await keyring.unseal(row.tenant_id, row.sealed_message, place))
  // Sealed by record() below.
  return JSON.parse(plain) as KeptMessage
}

async function givenTo(core: Core, adapter: Adapter, account: AccountRow): Promise<Receiving> {
  const choices = Object.entries(adapter.options ?? {}).map(
    ([
      name,
      {
        choices: [first],
      },
    ]) => [name, first],
  )
  return {
    credentials: await openCredentials(
      core.keyring,
      await receiptFor(core, account),
      account.tenant_id,
      account,
    ),
    options: { ...Object.fromEntries(choices), ...account.options },
    now: Math.floor(core.clock() / 1000),
  }
}

function isGenuine(
  { verify }: Notification,
  incoming: Incoming,
  { bytes }: Message,
  given: Receiving,
): boolean {
  if (typeof verify === 'function') return verify(incoming, given) === true
  const { scheme, ...parameters } = verify
  const request = { method: 'POST', url: incoming.url ?? '', headers: incoming.headers, bytes }
  return verifyWebhook(scheme, parameters, request, given.credentials, given.now).ok
}

/** An adapter that fails over a stranger's message has not accepted it; its words may hold anything. */
function attempt<T>(core: Core, account: AccountRow, run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    core.log.warn('notification.fault', { tenant: account.tenant_id, ...fault(error) })
    return undefined
  }
}

async function record(
  core: Core,
  { id: account_id, tenant_id, mode }: AccountRow,
  { bytes }: Message,
  verified: boolean,
  kept: KeptMessage,
): Promise<void> {
  const now = core.clock()
  const id = newId('ntf', now)
  const fingerprint = await core.keyring.keys(tenant_id, 'fingerprint')
  const place = [tenant_id, id, 'notification']
  await insertNotification(core.store, {
    id,
    tenant_id,
    account_id,
    test: mode === 'sandbox',
    verified,
    digest: createHmac('sha256', fingerprint.current.key)
      .update('notification:')
      .update(bytes)
      .digest('base64url'),
    created_at: now,
    sealed_message: await core.keyring.seal(tenant_id, JSON.stringify(kept), place),
  })
}

/** What an adapter reads, so that nothing it passes on has a card number in it. */
function scrubbed(incoming: Incoming): Incoming {
  const { text, json: value } = incoming
  return { ...incoming, text: maskCardNumbers(text), json: value && masked(value) }
}

function masked(value: Json): Json {
  if (typeof value === 'string') return maskCardNumbers(value)
  if (typeof value === 'number') {
    return looksLikeCardNumber(String(value)) ? maskCardNumbers(String(value)) : value
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one: Json) => masked(one))
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, masked(one)]))
}
