/**
 * @module Praxis: cards by its Payment API 1.2 and Direct API 1.3. https://doc.praxiscashier.com/integration_docs/3.4/payment_api/process_sale_encrypted
 */
import type {
  Answer,
  DeclineCode,
  Field,
  Intent,
  Json,
  Kit,
  Need,
  Opened,
  Operation,
  Outcome,
  Plan,
} from '../src/adapter.ts'

type K = 'merchant_id' | 'application_key' | 'merchant_secret' | 'gateway'
type Row = { readonly [name: string]: Json | undefined }

/** A field of the vendor's tables: where it comes from, its longest text, its form, how it is written. */
const field = (
  at: Exclude<Need, `extra.${string}`>,
  most: number,
  form = /./,
  says = '',
  write: (text: string, intent: Intent) => string = (text) => text,
) => {
  const [group = '', member] = at.split('.')
  return { at, group, member, most, form, says, write } as const
}

/** By the names of 1.2. `requester_ip varchar(10)` would not hold an address, so it is only checked to be one. */
const FIELDS = {
  pin: field('customer.id', 50),
  dob: field('customer.dob', 10, /^\d\d\/\d\d\/\d{4}$/, 'a date such as 1980-05-15', (date) =>
    date.replace(/^(\d{4})-(\d\d)-(\d\d)$/, '$2/$3/$1'),
  ),
  email: field('customer.email', 50, /^[^\s@]+@[^\s@]+$/, 'an e-mail address'),
  phone: field(
    'customer.phone',
    20,
    /^(?!(\d)\1*$)(?!0?123456(7(8(90?)?)?)?$)\d{6,}$/,
    'at least 6 digits with the country code, and no dummy such as 123456 or 111111',
    (text) => text.replace(/[\s()+./-]/g, ''),
  ),
  requester_ip: field(
    'device.ip',
    45,
    /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$|^(?=.*:.*:)[\da-f:.]+$/i,
    'an IP address',
  ),
  address: field('billing_address.line1', 100, /./, '', (line1, { billing_address }) =>
    billing_address?.line2 ? `${line1}, ${billing_address.line2}` : line1,
  ),
  city: field('billing_address.city', 50),
  country: field('billing_address.country', 2, /^[A-Z]{2}$/, 'ISO 3166-1 alpha-2, such as US'),
  first_name: field('customer.first_name', 25),
  last_name: field('customer.last_name', 25),
  state: field('billing_address.state', 2, /^[A-Z]+$/, 'its ISO code', (text, intent) =>
    /^(US|CA|AU)$/.test(intent.billing_address?.country ?? '') ? text : 'NA',
  ),
  zip: field('billing_address.postal_code', 12, /^[A-Za-z0-9]+$/, 'letters and digits', (code) =>
    code.replace(/[\s-]/g, ''),
  ),
  return_url: field('return_url', 256, /^https?:\/\//, 'a URL'),
  notification_url: field('notification_url', 256, /^https?:\/\//, 'a URL'),
}
type FieldName = keyof typeof FIELDS
// Object.keys of a constant gives its keys and no others.
const NAMES = Object.keys(FIELDS) as FieldName[]
const PAYMENT: readonly Need[] = [
  ...(['card', 'amount', 'reference'] as const),
  ...NAMES.filter((name) => name !== 'state').map((name) => FIELDS[name].at),
]
/** What a refund of 1.2 wants beside the customer's id; one of 1.3 wants no more. */
const REFUND: readonly string[] = [
  'email',
  'requester_ip',
  'country',
  'first_name',
  'last_name',
  'zip',
]
/** What is ours to set. */
const RESERVED =
  /^(timestamp|version|signature|merchant_id|application_key|transaction_type|amount|currency|tid|trace_id|intent|card_data|(card_number|card_exp|cvv)(_encrypted)?)$/
/** Currencies whose unit Praxis's public pages leave open. */
const UNCOMMON =
  /^(BHD|BIF|CLF|DJF|GNF|IQD|ISK|JOD|KMF|KWD|LYD|OMR|PYG|RWF|TND|UGX|UYI|UYW|VUV|XAF|XOF|XPF)$/

/** The values that 1.3 signs, in order; what a message does not have is skipped. A refund's are as a payment's by analogy. */
const SIGNED = {
  direct:
    'merchant_id application_key timestamp transaction_type cid order_id currency amount gateway notification_url return_url card_data.card_number',
  managed: 'merchant_id application_key timestamp intent tid',
  managed_answer:
    'status timestamp transaction.tid transaction.transaction_status transaction.processed_currency transaction.processed_amount',
  cashier_answer: 'status timestamp redirect_url customer.customer_token',
  notification:
    'merchant_id application_key timestamp customer.customer_token session.order_id transaction.tid transaction.currency transaction.amount transaction.conversion_rate transaction.processed_currency transaction.processed_amount',
  subscription:
    'event merchant_id application_key cid plan_id subscription_id subscription_status timestamp',
  acknowledgement: 'status timestamp',
}

/** Values of `status`. Others above zero are about the request; 999 and those below zero say nothing. https://docs.praxis.tech/docs/api-status-and-error-codes */
const REFUSALS: { readonly [status: number]: 'credentials' | 'unavailable' } = {
  333: 'unavailable',
  401: 'credentials',
  403: 'credentials',
  406: 'credentials',
}

/** Of 1.2 and of https://doc.praxiscashier.com/integration_docs/latest/processing/transaction_flow; others say nothing. */
const STATUSES: {
  readonly [status: string]: 'approved' | 'pending' | 'action_required' | 'declined'
} = {
  approved: 'approved',
  authorized: 'approved',
  pending: 'pending',
  requested: 'pending',
  'in progress': 'pending',
  'declined retry': 'pending',
  pending_async: 'action_required',
  initialized: 'action_required',
  rejected: 'declined',
  declined: 'declined',
  cancelled: 'declined',
  canceled: 'declined',
}

/** Codes are those of each PSP behind Praxis; these words are of its test processor. */
const DECLINES: readonly (readonly [RegExp, DeclineCode])[] = [
  [/insufficient/i, 'insufficient_funds'],
  [/lost|stolen/i, 'lost_or_stolen'],
  [/fraud/i, 'suspected_fraud'],
  [/expired/i, 'expired_card'],
  [/cvv|cvc|security code/i, 'invalid_cvc'],
  [/limit/i, 'limit_exceeded'],
  [/honou?r/i, 'do_not_honor'],
]

export default ({ define, card, credential, derived, crypto }: Kit) => {
  const post = (path: string, intent: Intent, fields: { [name: string]: Field<K> }): Plan<K> => ({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: {
      encoding: 'json',
      fields: {
        merchant_id: credential('merchant_id'),
        application_key: credential('application_key'),
        timestamp: intent.now,
        version: intent.options['version'],
        ...fields,
      },
    },
  })

  const cardOf = ({ options }: Intent, cvv: boolean): { [name: string]: Field<K> } => {
    const sealed = options['encryption'] !== 'off'
    const end = sealed && old(options) && options['card_fields'] !== 'plain' ? '_encrypted' : ''
    return {
      [`card_number${end}`]: sealed ? derived('card_number') : card('number'),
      [`card_exp${end}`]: derived(sealed ? 'card_exp' : 'expiry'),
      [`cvv${end}`]: !cvv ? undefined : sealed ? derived('cvv') : card('cvc'),
    }
  }

  const pay = (intent: Intent, transaction_type: string): Plan<K> => {
    const cvv = transaction_type !== 'payout'
    const { pin, requester_ip, return_url, notification_url, ...customer } = values(intent)
    const common = {
      transaction_type,
      amount: intent.amount?.minor,
      currency: intent.amount?.currency,
      order_id: intent.reference,
      gateway: credential('gateway'),
      return_url,
      notification_url,
    }
    if (old(intent.options)) {
      return post('/api/process', intent, {
        ...common,
        ...cardOf(intent, cvv),
        pin,
        requester_ip,
        state: 'NA',
        ...customer,
        ...intent.extra,
      })
    }
    const { customer_data, device_data, ...extra } = intent.extra
    return post('/api/direct-process', intent, {
      ...common,
      card_data: cardOf(intent, cvv),
      cid: pin,
      locale: 'en-GB',
      customer_data: { ...customer, profile: 1, ...row(customer_data) },
      device_data: {
        ip_address: requester_ip,
        user_agent: intent.device?.user_agent,
        ...row(device_data),
      },
      ...extra,
    })
  }

  const refund = (intent: Intent): Plan<K> => {
    const { pin, ...customer } = values(intent)
    const common = {
      transaction_type: 'refund',
      amount: intent.amount?.minor,
      currency: intent.amount?.currency,
      // The reference names the payment; the refund is a transaction of its own.
      order_id: intent.idempotency_key,
    }
    return old(intent.options)
      ? post('/api/process', intent, {
          ...common,
          ...cardOf(intent, false),
          pin,
          state: 'NA',
          ...customer,
          reference_id: intent.reference,
          ...intent.extra,
        })
      : post('/direct/refund', intent, {
          ...common,
          cid: pin,
          locale: 'en-GB',
          reference_id: Number(intent.reference),
          notification_url: intent.notification_url,
          ...intent.extra,
        })
  }

  const manage = (intent: Intent, action: 'capture' | 'cancel'): Plan<K> =>
    old(intent.options)
      ? post(`/api/deposit-${action}`, intent, {
          trace_id: Number(intent.reference),
          ...intent.extra,
        })
      : post('/agent/manage-transaction', intent, {
          intent: `${action}-authorization`,
          tid: Number(intent.reference),
          ...intent.extra,
        })

  const digest = (text: string): string => crypto.hash('sha384', text)
  /** 1.2: all values by the names' order, PHP's `ksort` and `implode`. */
  const inBody = (fields: Row, after: string): string =>
    digest(crypto.join(fields, { order: 'sorted', except: ['signature'], booleans: 'php', after }))
  const inHeader = (fields: Row, order: keyof typeof SIGNED, after: string): string =>
    digest(crypto.join(fields, { order: SIGNED[order].split(' '), skip: 'null', after }))
  const same = (given: Json | undefined, expected: string): boolean =>
    typeof given === 'string' && crypto.equal(given.toLowerCase(), expected)

  /** The key is the secret and the IV the timestamp, both with zeros in front (PHP's `str_pad`, which counts bytes). */
  const seal = ({ credentials, intent }: Opened<K>, plain: string): string => {
    const secret = credentials.merchant_secret
    const { length } = /^[ -~]*$/.test(secret) ? secret : crypto.decode(secret, 'utf8')
    const iv = { utf8: String(intent.now).padStart(16, '0') }
    return crypto.encrypt('aes-cbc', '0'.repeat(32 - length) + secret, plain, { iv })
  }
  const expiry = ({ card: { exp_month, exp_year } }: Opened<K>): string =>
    `${exp_month}/${exp_year}`

  return define({
    contract: 1,
    id: 'praxis',
    name: 'Praxis',
    docs: 'https://doc.praxiscashier.com/integration_docs/3.4/payment_api/process_sale_encrypted',
    api_version: '1.2, 1.3',
    hosts: { live: 'https://gw.praxisgate.com', sandbox: 'https://pci-gw-test.praxispay.com' },
    credentials: {
      merchant_id: { label: 'Merchant id', secret: false, max_bytes: 50 },
      application_key: { label: 'Application key', secret: false, max_bytes: 32 },
      // OpenSSL would cut a longer key in silence, and PHP's padding leaves it: both sides must mean the same 32 bytes.
      merchant_secret: { label: 'Merchant secret', secret: true, max_bytes: 32 },
      gateway: {
        label: 'Gateway that processes, if not chosen by Praxis',
        secret: false,
        optional: true,
        max_bytes: 32,
      },
    },
    options: {
      version: { label: 'API version', choices: ['1.2', '1.3'] },
      encryption: { label: 'Card fields encrypted with AES-256-CBC', choices: ['on', 'off'] },
      // The table of 1.2 has the first and its example the second. The table is the default: it is what says "Required", and
      // the plain names are those of the same call without encryption.
      card_fields: {
        label: 'Names of encrypted card fields in 1.2: card_number_encrypted, or card_number',
        choices: ['encrypted', 'plain'],
      },
      // Which values an answer to a payment signs in 1.3 is not published; those of the cashier's answer are.
      answer_signature: {
        label: 'Check of the signature of answers to payments in 1.3',
        choices: ['unchecked', 'cashier'],
      },
      uncommon_amounts: {
        label:
          'Amounts in currencies without cents that Praxis does not list: refused, or in the minor units of ISO 4217',
        choices: ['refuse', 'iso'],
      },
    },
    // A second payment with the same order_id is refused by Praxis.
    idempotency: 'unsupported',
    private_in_answer: [],
    operations: {
      purchase: operation([...PAYMENT, 'cvc'], (intent) => pay(intent, 'sale')),
      authorize: operation([...PAYMENT, 'cvc'], (intent) =>
        pay(intent, old(intent.options) ? 'authorize' : 'authorization'),
      ),
      payout: operation(PAYMENT, (intent) => pay(intent, 'payout')),
      refund: operation(['amount', 'reference', 'customer.id'], refund),
      capture: operation(['reference'], (intent) => manage(intent, 'capture')),
      void: operation(['reference'], (intent) => manage(intent, 'cancel')),
    },
    derive: {
      card_number: (opened) => seal(opened, opened.card.number),
      card_exp: (opened) => seal(opened, expiry(opened)),
      cvv: (opened) => seal(opened, opened.card.cvc),
      expiry,
    },
    fields: {
      signature: (fields, { credentials, intent }) =>
        old(intent.options) ? inBody(fields, credentials.merchant_secret) : undefined,
    },
    sign({ bytes, fields, url }, { credentials: { merchant_secret }, intent }) {
      const own = intent.operation === 'request'
      const given = own ? row(crypto.exactJson(crypto.encode(bytes, 'utf8'))) : fields
      // A caller's own body cannot be added to.
      if (own && old(intent.options) && !given['signature']) throw new Error('no signature')
      if (old(intent.options)) return {}
      const order = url.includes('/agent/manage-transaction') ? 'managed' : 'direct'
      return { 'gt-authentication': inHeader(given, order, merchant_secret) }
    },
    verify({ text, headers }, { credentials: { merchant_secret }, intent }) {
      const body = row(crypto.exactJson(text))
      if (old(intent.options)) return same(body['signature'], inBody(body, merchant_secret))
      const managed = intent.operation === 'capture' || intent.operation === 'void'
      // Errors carry no signature in 1.3: https://doc.praxiscashier.com/integration_docs/latest/overview/api_error_codes
      if (isWhole(body['status']) && body['status'] !== '0') return true
      if (!managed && intent.options['answer_signature'] !== 'cashier') return true
      const order = managed ? 'managed_answer' : 'cashier_answer'
      return same(headers['gt-authentication'], inHeader(body, order, merchant_secret))
    },
    notification: {
      verify({ text: sent, headers }, { credentials, options }) {
        const body = row(crypto.exactJson(sent))
        const { merchant_id, merchant_secret, application_key } = credentials
        const ours =
          (body['merchant_id'] ?? merchant_id) === merchant_id &&
          (body['application_key'] ?? application_key) === application_key
        if (!ours) return false
        if (old(options)) return same(body['signature'], inBody(body, merchant_secret))
        const order = text(body['event']) === null ? 'notification' : 'subscription'
        return same(headers['gt-authentication'], inHeader(body, order, merchant_secret))
      },
      parse({ json }) {
        const body = row(json)
        const order = text(row(body['session'])['order_id']) ?? text(body['order_id'])
        const result = transaction(body, null)
        return {
          reference: referenceOf(body),
          merchant_reference: order,
          outcome:
            text(body['event']) === null
              ? result
              : unrecognised({ code: text(body['event']), message: null }, 'a subscription event'),
        }
      },
      acknowledge(accepted, { credentials: { merchant_secret }, options, now }) {
        const version = options['version'] ?? '1.2'
        const headers = { 'content-type': 'application/json; charset=utf-8' }
        // A refusal is not signed: whoever asks for one may be anyone.
        if (!accepted) {
          const refusal = {
            status: 400,
            description: 'Invalid signature.',
            version,
            timestamp: now,
          }
          return { status: 400, headers, body: JSON.stringify(refusal) }
        }
        const body = { status: 0, description: 'Ok', version, timestamp: now }
        if (old(options)) {
          const signature = inBody(body, merchant_secret)
          return { status: 200, headers, body: JSON.stringify({ ...body, signature }) }
        }
        const signature = inHeader(body, 'acknowledgement', merchant_secret)
        // The older pages name the first, the newer ones the second.
        const signed = { 'gt-authentication': signature, 'external-request-signature': signature }
        return { status: 200, headers: { ...headers, ...signed }, body: JSON.stringify(body) }
      },
    },
  })
}

/** All are checked by the same tables and read alike. */
function operation(needs: readonly Need[], build: (intent: Intent) => Plan<K>): Operation<K> {
  return { needs, check: complaints, build, parse: outcome }
}

/** Whether it is 1.2. */
function old(options: Intent['options']): boolean {
  return options['version'] !== '1.3'
}

/** A field as the table wants it; undefined where the caller has not given it. */
function written(name: FieldName, intent: Intent): string | undefined {
  const { group, member, write } = FIELDS[name]
  const whole: unknown = Reflect.get(intent, group)
  const value = member === undefined || !whole ? whole : Reflect.get(Object(whole), member)
  return typeof value === 'string' && value !== '' ? write(value, intent) : undefined
}

/** Whether it has more characters than that. Counting them is slow, and short text has no more of them than units. */
function longer(value: string, most: number): boolean {
  return value.length > most && [...value].length > most
}

/** All fields that are there, by the names of 1.2. The state is left out of 1.3 where the country has none. */
function values(intent: Intent): { readonly [N in FieldName]?: string } {
  const all: { [N in FieldName]?: string } = {}
  for (const name of NAMES) {
    const value = written(name, intent)
    if (value !== undefined && (value !== 'NA' || old(intent.options))) all[name] = value
  }
  return all
}

/** Everything wrong with an intent that has all it needs. */
function complaints(intent: Intent): readonly string[] {
  const { operation, options, amount, reference = '', extra } = intent
  const managed = operation === 'capture' || operation === 'void'
  const refunded = operation === 'refund'
  const is12 = old(options)
  const fields = managed || (refunded && !is12) ? ['pin' as const] : NAMES
  const wrong = fields.flatMap((name) => {
    const { at, most, form, says } = FIELDS[name]
    const value = written(name, intent)
    if (value === undefined) {
      return refunded && REFUND.includes(name) ? [`${at}: missing, a refund of 1.2 wants it`] : []
    }
    const longest = name === 'state' && !is12 ? 3 : most
    if (longer(value, longest)) return [`${at}: at most ${longest} characters`]
    return form.test(value) ? [] : [`${at}: ${says}`]
  })
  if (managed && amount) wrong.push('amount: all that was authorized is meant, so leave it out')
  if (amount?.minor === 0) wrong.push('amount.minor: at least 1')
  if (amount && UNCOMMON.test(amount.currency) && options['uncommon_amounts'] !== 'iso') {
    wrong.push('amount.currency: ask Praxis for its unit, and see uncommon_amounts of the account')
  }
  if ((managed || (refunded && !is12)) && !/^\d{1,11}$/.test(reference)) {
    wrong.push('reference: the number that Praxis gave the payment')
  }
  if (longer(reference, 50)) wrong.push('reference: at most 50 characters')
  if (refunded && extra['order_id'] === undefined && longer(intent.idempotency_key, 50)) {
    wrong.push('extra.order_id: missing, as the idempotency key is over 50 characters')
  }
  for (const [name, value] of Object.entries(extra)) {
    const most = name === 'gateway' ? 32 : 50
    if (RESERVED.test(name)) wrong.push(`extra.${name}: not for a caller to set`)
    else if (/^(gateway|order_id|reference_id)$/.test(name) && (text(value) ?? '').length > most) {
      wrong.push(`extra.${name}: at most ${most} characters`)
      // What is signed must be spelled alike on both sides.
    } else if (
      is12 &&
      !(/^[a-z_]\w*$/i.test(name) && (typeof value === 'string' || isWhole(value)))
    ) {
      wrong.push(`extra.${name}: a text or a whole number`)
    }
  }
  return wrong
}

/** What an answer says, once its signature was checked. */
function outcome({ status: http, json }: Answer, intent: Intent): Outcome {
  const body = row(json)
  const status = body['status']
  const psp = { code: text(status), message: text(body['description']) }
  if (!isWhole(status)) return unrecognised(psp, `HTTP ${http} without the status of Praxis`)
  const code = Number(status)
  if (code === 0) return transaction(body, intent)
  if (code < 0 || code === 999) {
    return unrecognised(psp, 'Praxis had an error of its own: ask it before trying again')
  }
  return { psp, kind: 'refused', code: REFUSALS[code] ?? 'request' }
}

/** The status of a transaction; without an intent, of a notification. */
function transaction(body: Row, intent: Intent | null): Outcome {
  const of = (name: string): string | null =>
    text(row(body['transaction'])[name]) ?? text(body[name])
  const status = of('transaction_status')
  const details = of('status_details') ?? of('error_details')
  const psp = { code: status, message: details ?? text(body['description']) }
  const reference = referenceOf(body) ?? intent?.reference ?? of('order_id')
  const managed = intent?.operation === 'capture' || intent?.operation === 'void'
  if (reference === null) return unrecognised(psp, 'the answer has no reference')
  // 1.2 says of these two only that they were done.
  if (status === null && managed && old(intent.options)) return { psp, kind: 'approved', reference }
  if (intent?.operation === 'void' && /^cancell?ed$/.test(status ?? '')) {
    return { psp, kind: 'approved', reference }
  }
  const held = intent
    ? intent.operation === 'authorize'
    : /^auth/.test(of('transaction_type') ?? '')
  if (status === 'authorized' && !held) return { psp, kind: 'pending', reference }
  const kind = Object.hasOwn(STATUSES, status ?? '') ? STATUSES[status ?? ''] : undefined
  switch (kind) {
    case undefined:
      return unrecognised(psp, `the status ${status ?? '(none)'} is no end of a payment`)
    case 'declined': {
      const code = DECLINES.find(([words]) => words.test(details ?? ''))?.[1] ?? 'other'
      const given = of('status_code') ?? of('error_code') ?? status
      return { psp: { ...psp, code: given }, kind, code, reference }
    }
    case 'action_required': {
      const url = of('redirect_url')
      if (url === null) return { psp, kind: 'pending', reference }
      return { psp, kind, reference, url: /^https:\/\/[^/\s]+/.test(url) ? url : null }
    }
    default:
      return { psp, kind, reference }
  }
}

/** Praxis's own id of a transaction: `tid` in 1.3, `trace_id` in 1.2; the PSP's behind it where there is neither. */
function referenceOf(body: Row): string | null {
  const inner = row(body['transaction'])
  return (
    text(inner['tid']) ??
    text(body['trace_id']) ??
    text(inner['transaction_id']) ??
    text(body['transaction_id'])
  )
}

function unrecognised(psp: Outcome['psp'], reason: string): Outcome {
  return { psp, kind: 'unrecognised', reason }
}

function row(value: Json | undefined): Row {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  // Neither null nor an array, so an object with JSON values.
  return value as Row
}

function isWhole(value: Json | undefined): boolean {
  return Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d{1,9}$/.test(value))
}

/** Text that is there: numbers as text, empty text as none. */
function text(value: Json | undefined): string | null {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : null
}
