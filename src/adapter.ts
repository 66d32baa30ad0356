/**
 * @module The contract between the forward core, the dialects and the adapters: types only.
 */

/** What of a card can be put into a request. Months are two digits, years four, unless a format says otherwise. */
export type CardField = 'number' | 'cvc' | 'exp_month' | 'exp_year' | 'holder'

/** Formats of an expiry date: `MM`, `YY` and `YYYY` of one field; `number` is a JSON number, without leading zeros. */
export type DateFormat = 'MM' | 'YY' | 'YYYY' | 'number'

declare const filled: unique symbol
/** Where a value goes. Only the kit and the template engine make holes, so nothing parsed from a caller's data can be one. */
export interface Hole<K extends string = never> {
  readonly [filled]: K
}

/** Text with holes, for paths, headers and single fields: `['Bearer ', credential('api_key')]`. */
export type Text<K extends string> = string | Hole<K> | readonly (string | Hole<K>)[]

export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

export type Field<K extends string> =
  Json | undefined | Hole<K> | readonly Field<K>[] | { readonly [name: string]: Field<K> }

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** How a hole's value is written where it stands, so that it cannot break out of its place. */
export type Escape =
  /** In place of a whole JSON string, quotes included: a string, number, object or null, as JSON. */
  | 'json-value'
  /** Inside a JSON string. */
  | 'json-string'
  /** Inside a form name or value: percent-encoded, space as `+`. */
  | 'form'
  | 'xml-text'
  | 'xml-attribute'
  | 'xml-cdata'
  /** As it is. */
  | 'text'

/** A stretch of a caller's own body between two pieces of literal text. */
export interface Slot<K extends string = string> {
  readonly hole: Hole<K>
  readonly escape: Escape
}

/** A caller's own body, compiled: literal text in its exact spelling, and slots. */
export type Template<K extends string = string> = readonly (string | Slot<K>)[]

/** The waist of the program: dialects and adapters produce plans, the forward core knows nothing else. */
export interface Plan<K extends string = string> {
  readonly method: Method
  /** Joined to the host of the account or the destination; no other part of a plan can name a host. */
  readonly path: Text<K>
  /** What follows `?`, in its exact spelling but for holes. */
  readonly query?: Text<K>
  readonly headers?: { readonly [name: string]: Text<K> }
  readonly body?: FieldsBody<K> | TemplateBody<K>
}

/** Fields that the core encodes. `undefined` fields are left out. */
export interface FieldsBody<K extends string = string> {
  readonly encoding: 'json' | 'form' | 'xml'
  readonly fields: { readonly [name: string]: Field<K> }
}

/** A body in its caller's spelling. */
export interface TemplateBody<K extends string = string> {
  readonly template: Template<K>
}

export const OPERATIONS = [
  'authorize',
  'purchase',
  'capture',
  'refund',
  'void',
  'verify',
  'payout',
] as const
export type OperationName = (typeof OPERATIONS)[number]

/** An amount in minor units (cents) of an ISO 4217 currency. */
export interface Amount {
  readonly minor: number
  readonly currency: string
}

/** What the caller wants: validated, the same for every PSP, plain data so that it crosses a sandbox's border. */
export interface Intent {
  /** `request` for a caller's own request, which the adapter only signs. */
  readonly operation: OperationName | 'request'
  readonly amount?: Amount
  /** The merchant's own reference for a new payment; for capture, refund and void, the PSP's reference of the earlier one. */
  readonly reference?: string
  /** Unique for this payment: the caller's Idempotency-Key, else the forward's id. */
  readonly idempotency_key: string
  /** Seconds since 1970, from the core's clock: adapters have none. */
  readonly now: number
  readonly mode: 'live' | 'sandbox'
  readonly return_url?: string
  readonly notification_url?: string
  readonly customer?: {
    readonly id?: string
    readonly first_name?: string
    readonly last_name?: string
    readonly email?: string
    readonly phone?: string
    /** ISO 8601 date. */
    readonly dob?: string
  }
  readonly billing_address?: {
    readonly line1?: string
    readonly line2?: string
    readonly city?: string
    readonly state?: string
    readonly postal_code?: string
    /** ISO 3166-1 alpha-2. */
    readonly country?: string
  }
  readonly device?: { readonly ip?: string; readonly user_agent?: string }
  /** The account's choices between variants that an adapter offers, and its credentials that are not secret. */
  readonly options: { readonly [name: string]: string }
  /** Further fields under the PSP's own names, merged last and sent verbatim. */
  readonly extra: { readonly [name: string]: Json }
}

/** The PSP's answer, scrubbed: the same on success and on failure. Header names are lower-case. */
export interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly text: string
  /** The body as JSON, or `undefined` where it is none. */
  readonly json: Json | undefined
}

export type DeclineCode =
  | 'do_not_honor'
  | 'insufficient_funds'
  | 'expired_card'
  | 'invalid_number'
  | 'invalid_cvc'
  | 'invalid_expiry'
  | 'lost_or_stolen'
  | 'suspected_fraud'
  | 'limit_exceeded'
  | 'not_permitted'
  | 'authentication_required'
  | 'try_again'
  | 'other'

/** `psp` is theirs and verbatim; `kind` and `code` are ours and closed. */
export type Outcome = {
  readonly psp: { readonly code: string | null; readonly message: string | null }
} & (
  | { readonly kind: 'approved' | 'pending'; readonly reference: string }
  | {
      readonly kind: 'action_required'
      readonly reference: string
      /** Where the customer goes next, an absolute https URL; null where the PSP's own library leads on. */
      readonly url: string | null
      /** What the customer's browser posts there, as a form; absent where it follows a link. */
      readonly form?: { readonly [name: string]: string }
    }
  | {
      readonly kind: 'declined'
      readonly code: DeclineCode
      readonly reference: string | null
    }
  | {
      readonly kind: 'refused'
      readonly code: 'credentials' | 'request' | 'rate' | 'unavailable'
    }
  /** Neither approved nor declined can be read from the answer: ask the PSP. */
  | { readonly kind: 'unrecognised'; readonly reason: string }
)

/** A field an operation cannot do without, checked for all at once before the vault is opened. */
export type Need =
  | 'card'
  | 'cvc'
  | 'amount'
  | 'reference'
  | 'return_url'
  | 'notification_url'
  | `customer.${keyof NonNullable<Intent['customer']>}`
  | `billing_address.${keyof NonNullable<Intent['billing_address']>}`
  | `device.${keyof NonNullable<Intent['device']>}`
  | `extra.${string}`

/**
 * A scheme of src/sign by its name, with its parameters, applied by the core: what is asynchronous, or needs the whole request.
 * Parameters name credentials and never hold them. `{ scheme: 'hmac', key: 'secret', message: '{body}', header: 'x-signature' }`
 */
export interface Declared {
  readonly scheme: string
  readonly [parameter: string]: Json
}

export interface Operation<K extends string = string> {
  readonly needs: readonly Need[]
  /** In place of the adapter's own `sign`, where this operation is signed in another way. */
  readonly sign?: Declared | readonly Declared[]
  /** What is wrong with fields that are there: every complaint, as `customer.phone: at least 6 digits`. Checked with `needs`. */
  check?(intent: Intent): readonly string[]
  /** Pure: twice the same plan for the same intent. Throws only `Error`s whose message may be shown to the caller. */
  build(intent: Intent): Plan<K>
  /** Must not claim `approved` or `declined` for what it does not know: that is `unrecognised`. */
  parse(answer: Answer, intent: Intent): Outcome
}

/** What `derive`, `fields` and `sign` may see: they run inside the vault's scope, and nothing else of an adapter does. */
export interface Opened<K extends string = string> {
  readonly card: Readonly<Record<CardField, string>>
  readonly credentials: Readonly<Record<K, string>>
  readonly intent: Intent
}

/** The request as it will be sent: `bytes` is the exact body, `fields` the filled fields of a `FieldsBody`. */
export interface Rendered {
  readonly method: Method
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly bytes: Uint8Array
  readonly fields: { readonly [name: string]: Json }
}

export interface Credential {
  readonly label: string
  /** Secret credentials are sealed and never returned by the API. */
  readonly secret: boolean
  readonly optional?: boolean
  /** The most bytes it may have in UTF-8, where the PSP's algorithm has a limit. */
  readonly max_bytes?: number
}

/** A choice between variants that an adapter offers; an account makes it. */
export interface Option {
  readonly label: string
  /** The first is the default. */
  readonly choices: readonly [string, ...string[]]
}

/** What `fields`, `sign` and `verify` may see: no card. */
export type Signing<K extends string = string> = Omit<Opened<K>, 'card'>

/** A PSP's message to us, as it arrived. Header names are lower-case. */
export interface Incoming {
  readonly headers: { readonly [name: string]: string }
  readonly query: { readonly [name: string]: string }
  readonly text: string
  /** The body as JSON, or `undefined` where it is none. */
  readonly json: Json | undefined
  /** The address the PSP was given for it, where it is known: some sign that too. */
  readonly url?: string
}

/** What a notification says. */
export interface Notice {
  /** The PSP's reference of the payment. */
  readonly reference: string | null
  /** The merchant's own reference, where the PSP repeats it. */
  readonly merchant_reference: string | null
  readonly outcome: Outcome
}

/** What the check of a webhook and the answer to it may see: there is no payment, so no intent. */
export interface Receiving<K extends string = string> {
  readonly credentials: Readonly<Record<K, string>>
  /** As in an intent, with defaults. */
  readonly options: Intent['options']
  /** Seconds since 1970. */
  readonly now: number
}

/** How a PSP's webhooks are checked, read and answered. All three are pure. */
export interface Notification<K extends string = string> {
  /**
   * A function, or a webhook check of src/sign. Where a check is over fields, a body that begins as JSON or XML (`{`, `[`, `<`) has
   * those of JSON or none, never those of a form: `parse` must not read a form in one either, whose parts nobody signed.
   */
  readonly verify: ((incoming: Incoming, given: Receiving<K>) => boolean) | Declared
  /** Called for genuine messages alone. */
  parse(incoming: Incoming): Notice
  /** The answer the PSP wants to a notification that was recorded, or was not good. */
  acknowledge(
    accepted: boolean,
    given: Receiving<K>,
  ): {
    readonly status: number
    readonly headers: { readonly [name: string]: string }
    readonly body: string
  }
}

/** A token to fetch first and use again until it is old. Its plan holds no card. */
export interface SessionStep<K extends string = string> {
  plan(intent: Intent): Plan<K>
  /** The values that `session(name)` holes stand for, and the seconds they are good for; null where the PSP gave none. */
  parse(answer: Answer): {
    readonly values: { readonly [name: string]: string }
    readonly seconds: number
  } | null
}

export interface Adapter<K extends string = string> {
  /** Raised when the contract changes in a way that an older adapter would not survive. */
  readonly contract: 1
  /** Lower-case name, that of its file. */
  readonly id: string
  readonly name: string
  /** The vendor's API reference. */
  readonly docs: string
  readonly api_version: string
  /** A host may hold one `{name}` of a credential that is not secret, for PSPs with a host for each merchant. */
  readonly hosts: Readonly<Record<'live' | 'sandbox', `https://${string}`>>
  /** Under the PSP's own names. */
  readonly credentials: Readonly<Record<K, Credential>>
  readonly options?: { readonly [name: string]: Option }
  /** Where the PSP takes an idempotency key, so that the core puts it there. */
  readonly idempotency: { readonly header: string } | { readonly field: string } | 'unsupported'
  /** Headers of every request to this PSP, one's own or a caller's: authentication, version. */
  readonly headers?: { readonly [name: string]: Text<NoInfer<K>> }
  /** JSON pointers to values that this PSP mints for the caller alone; they stay out of the record. */
  readonly private_in_answer: readonly string[]
  /** An absent operation is an unsupported one: the documentation, the 422 and the kit read this object. */
  readonly operations: { readonly [O in OperationName]?: Operation<NoInfer<K>> }
  readonly session?: SessionStep<NoInfer<K>>
  readonly notification?: Notification<NoInfer<K>>
  /** Values computed from the card, such as its number encrypted under the PSP's key. Without it, an adapter never sees a card. */
  readonly derive?: { readonly [name: string]: (opened: Opened<NoInfer<K>>) => string }
  /** Fields to add to a filled body before it is encoded, each from those of the plan: a signature inside the body. */
  readonly fields?: {
    /** Undefined adds none. */
    readonly [name: string]: (
      fields: { readonly [name: string]: Json },
      signing: Signing<NoInfer<K>>,
    ) => Json | undefined
  }
  /** Headers to add, from the exact bytes and the filled fields; or schemes to apply, one after the other. */
  readonly sign?:
    | ((request: Rendered, signing: Signing<NoInfer<K>>) => { readonly [name: string]: string })
    | Declared
    | readonly Declared[]
  /**
   * Whether a signed answer is the PSP's, asked before anything in the answer is believed: a function, or a webhook check of
   * src/sign, to which method and address are those of the request. With `only_with: 'result'`, answers without that field are
   * not signed by this PSP: they are read, and no approval is believed.
   */
  readonly verify?: ((answer: Answer, signing: Signing<NoInfer<K>>) => boolean) | Declared
}

/** Text, which is taken as UTF-8, or bytes. */
export type Data = string | Uint8Array
/** A shared key: text is its UTF-8 bytes. */
export type Key =
  Data | { readonly hex: string } | { readonly base64: string } | { readonly base64url: string }
export type Hash = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'
/** How bytes are written as text. `base64hex` is the base64 of the hex digits. */
export type Output =
  'hex' | 'HEX' | 'base64' | 'base64url' | 'base64url-padded' | 'base64hex' | 'utf8' | 'latin1'
export type Input = 'utf8' | 'latin1' | 'hex' | 'base64' | 'base64url'
/** `-der` is ASN.1, `-p1363` r and s side by side, as JOSE has it. */
export type SignatureAlgorithm =
  | `rsa-${'sha1' | 'sha256' | 'sha384' | 'sha512'}`
  | `rsa-pss-${'sha256' | 'sha384' | 'sha512'}`
  | `ecdsa-${'sha256' | 'sha384' | 'sha512'}-${'der' | 'p1363'}`
  | 'ed25519'
export type RsaPadding = 'pkcs1' | `oaep-${'sha1' | 'sha256' | 'sha384' | 'sha512'}`

export interface CipherOptions {
  /** `fresh` is drawn by chance and stands before the ciphertext. */
  readonly iv: Uint8Array | { readonly utf8: string } | 'fresh'
  readonly padding?: 'pkcs7' | 'zero' | 'none'
  /** Bound to the ciphertext but not in it: GCM alone. */
  readonly aad?: Data
}

export interface JoinOptions {
  /** `given` is the order they come in; `sorted` is by name, byte by byte; a list picks names, with dots into objects. */
  readonly order?: 'given' | 'sorted' | readonly string[]
  /** Names to leave out, such as that of the signature itself. */
  readonly except?: readonly string[]
  /** Between the items. */
  readonly delimiter?: string
  /** Between name and value, where names are signed too: `=`. */
  readonly pair?: string
  /** How names are written, before they are sorted. */
  readonly names?: 'as_is' | 'upper' | 'lower'
  /** Items to leave out: none, those that are null or absent, or empty text too. */
  readonly skip?: 'none' | 'null' | 'empty'
  /** `words` writes true and false; `php` writes 1 and nothing, as PHP's implode does. Null is empty text in both. */
  readonly booleans?: 'words' | 'php'
  readonly before?: string
  readonly after?: string
}

/** Cryptography for adapters: synchronous, over plain data, the same natively and in the sandbox. Each throws without values in its words. */
export interface Crypto {
  hash(algorithm: Hash, data: Data, output?: Output): string
  hmac(algorithm: Hash, key: Key, data: Data, output?: Output): string
  /** Values as the one text that a signature over values covers. Throws for nested values and numbers without a plain spelling. */
  join(
    values: { readonly [name: string]: Json | undefined } | readonly (Json | undefined)[],
    options?: JoinOptions,
  ): string
  /** Keys are PEM, or base64 of PKCS#8 or SPKI. */
  sign(algorithm: SignatureAlgorithm, key: string, data: Data, output?: Output): string
  verify(
    algorithm: SignatureAlgorithm,
    key: string,
    data: Data,
    signature: Data,
    from?: Input,
  ): boolean
  encrypt(
    algorithm: 'aes-cbc' | 'aes-gcm' | '3des-cbc',
    key: Key,
    data: Data,
    options: CipherOptions,
    output?: Output,
  ): string
  decrypt(
    algorithm: 'aes-cbc' | 'aes-gcm' | '3des-cbc',
    key: Key,
    sealed: Data,
    options: CipherOptions & { readonly from?: Input },
    output?: Output,
  ): string
  rsaEncrypt(padding: RsaPadding, key: string, data: Data, output?: Output): string
  rsaDecrypt(
    padding: Exclude<RsaPadding, 'pkcs1'>,
    key: string,
    sealed: Data,
    options?: { readonly from?: Input },
    output?: Output,
  ): string
  redsys(
    version: 'HMAC_SHA256_V1' | 'HMAC_SHA512_V2',
    key: string,
    order: string,
    data: string,
    output?: Output,
  ): string
  /** In constant time. */
  equal(left: Data, right: Data): boolean
  encode(data: Data, output?: Output): string
  decode(text: string, from?: Input): Uint8Array
  /** JSON with every number as text in its own spelling: `10.00` stays `"10.00"`. */
  exactJson(text: string): Json
  /** 1 to 1024 bytes by chance: not in `build`, whose plan must be the same twice. */
  random(length: number, output?: Output): string
}

/** Handed to every adapter module, so a built-in adapter and one loaded from a folder are the same file. */
export interface Kit {
  define<const K extends string>(adapter: Adapter<K>): Adapter<K>
  card(field: CardField, as?: DateFormat): Hole
  derived(name: string): Hole
  /** A value that the adapter's session step fetched. */
  session(name: string): Hole
  credential<const K extends string>(name: K): Hole<K>
  /** The base64 of text with holes, as HTTP Basic wants it. */
  base64<K extends string>(...text: readonly (string | Hole<K>)[]): Hole<K>
  /** Text with holes as the value of one field: `text(card('exp_month'), card('exp_year', 'YY'))`. */
  text<K extends string>(...text: readonly (string | Hole<K>)[]): Hole<K>
  /** The amount in major units by the decimals of ISO 4217: `19.99`, `500` for yen. */
  decimal(amount: Amount): string
  /**
   * XML as JSON: elements by their name, `@name` attributes, `#text` the text beside them, a list where an element is repeated.
   * Undefined for what is not well-formed, and for document types.
   */
  xml(text: string): Json | undefined
  readonly crypto: Crypto
}

/** The default export of an adapter file. */
export type AdapterModule = (kit: Kit) => Adapter
