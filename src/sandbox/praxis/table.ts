/**
 * @module What Praxis's tables say of each field: whether it is required, its type and its length. https://doc.praxiscashier.com/integration_docs/3.4/payment_api/process_sale_encrypted
 */
import { bad } from './refusal.ts'
import { step, type Message } from './signature.ts'

interface Rule {
  readonly most: number
  readonly form: RegExp
  /** Types of transaction that cannot do without it. */
  readonly of: readonly string[]
}

const DEPOSITS = ['sale', 'authorize', 'authorization']
const PAYMENTS = [...DEPOSITS, 'payout']
const ALL = [...PAYMENTS, 'refund']
const rule = (most: number, of = ALL, form = /./): Rule => ({ most, of, form })

const INTEGER = /^\d+$/
const DATE = /^(0[1-9]|1[0-2])\/(0[1-9]|[12]\d|3[01])\/\d{4}$/
const EMAIL = /^[^@\s]+@[^@\s]+$/
/** No dummy sequence. The example has a plus. */
const PHONE = /^\+?(?!(\d)\1*$|123456$)\d{6,}$/
const ADDRESS = /^[\da-f.:]{2,}$/i
const COUNTRY = /^[A-Z]{2}$/
const URL_FORM = /^https?:\/\//

type Table = Readonly<Record<string, Rule>>

const COMMON: Table = {
  transaction_type: rule(16),
  amount: rule(20, ALL, /^[1-9]\d*$/),
  currency: rule(10, ALL, /^[A-Z]{3}$/),
  order_id: rule(50),
  gateway: rule(32, []),
}

/** 1.2, flat. `requester_ip` is wider here than the table's 10 characters. */
const PROCESS: Table = {
  ...COMMON,
  pin: rule(50),
  dob: rule(10, PAYMENTS, DATE),
  email: rule(50, ALL, EMAIL),
  phone: rule(21, PAYMENTS, PHONE),
  requester_ip: rule(45, ALL, ADDRESS),
  address: rule(100, PAYMENTS),
  city: rule(50, PAYMENTS),
  country: rule(2, ALL, COUNTRY),
  first_name: rule(25),
  last_name: rule(25),
  state: rule(2, ['refund']),
  zip: rule(12, ALL, /^[A-Za-z0-9]+$/),
  return_url: rule(256, PAYMENTS, URL_FORM),
  notification_url: rule(256, PAYMENTS, URL_FORM),
  reference_id: rule(50, ['refund']),
}

/** 1.3. https://doc.praxiscashier.com/integration_docs/latest/objects/customer_data */
const DIRECT: Table = {
  ...COMMON,
  cid: rule(50),
  locale: rule(5, ALL, /^[a-z]{2}-[A-Z]{2}$/),
  'customer_data.country': rule(2, PAYMENTS, COUNTRY),
  'customer_data.first_name': rule(25, PAYMENTS),
  'customer_data.last_name': rule(25, PAYMENTS),
  'customer_data.dob': rule(10, PAYMENTS, DATE),
  'customer_data.email': rule(50, PAYMENTS, EMAIL),
  'customer_data.phone': rule(20, PAYMENTS, PHONE),
  'customer_data.zip': rule(12, PAYMENTS),
  'customer_data.state': rule(3, []),
  'customer_data.city': rule(50, PAYMENTS),
  'customer_data.address': rule(100, PAYMENTS),
  'customer_data.profile': rule(1, PAYMENTS, /^[0-5]$/),
  'device_data.ip_address': rule(50, [], ADDRESS),
  'device_data.user_agent': rule(256, []),
  return_url: rule(256, PAYMENTS, URL_FORM),
  notification_url: rule(256, PAYMENTS, URL_FORM),
  reference_id: rule(11, ['refund'], INTEGER),
}

/** Throws a Refusal that names the first field that is not as its table says. */
export function checkFields(message: Message, version: '1.2' | '1.3', type: string): void {
  for (const [path, { most, of, form }] of Object.entries(version === '1.2' ? PROCESS : DIRECT)) {
    const value = path.split('.').reduce<unknown>(step, message)
    if (value === undefined || value === null || value === '') {
      if (of.includes(type)) throw bad(`Request parameter missing: ${path}.`)
      continue
    }
    if (typeof value === 'object') throw bad(`Input validation failed: ${path} is no value.`)
    const text = String(value)
    if ([...text].length > most || !form.test(text)) {
      throw bad(`Input validation failed: ${path}.`)
    }
  }
}
