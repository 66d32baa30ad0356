/**
 * @module The shape of a template document: what may be written where.
 */
import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { OPERATIONS } from '../adapter.ts'
import { DECLINES, REFUSALS } from './codes.ts'

/** What a place wants, in the words of whoever gets it wrong. */
const says = (text: string) => ({ says: text })

const text = (what = 'a text') => Type.String({ minLength: 1, ...says(what) })
const one = <const T extends readonly string[]>(words: T) =>
  // TypeBox reads the members of the list, whose type it cannot see through `map`.
  Type.Unsafe<T[number]>(
    Type.Union(
      words.map((word) => Type.Literal(word)),
      says(`one of ${words.join(', ')}`),
    ),
  )
const strict = <const T extends Record<string, TSchema>>(properties: T) =>
  Type.Object(properties, { additionalProperties: false, ...says('a table') })
const byName = <T extends TSchema>(value: T, key: string, what: string) =>
  Type.Record(Type.String({ pattern: key }), value, {
    additionalProperties: false,
    ...says(what),
  })
const listOf = <T extends TSchema>(value: T) =>
  Type.Array(value, { minItems: 1, ...says('a list that is not empty') })
const oneOrMore = <T extends TSchema>(value: T, what: string) =>
  Type.Union([value, listOf(value)], says(`${what}, or a list of them`))

const NAME = '^[a-z][a-z0-9_]*$'
const Headers = byName(
  Type.String(says('a text')),
  '^[A-Za-z0-9_-]+$',
  'names and texts of headers',
)
/** None takes away those of the whole document. */
const Selectors = Type.Union(
  [text('a selector'), Type.Array(text('a selector'))],
  says('a selector, or a list of them'),
)
const Declared = Type.Object({ scheme: text('the name of a scheme') }, says('a scheme'))
const Signature = oneOrMore(Declared, 'a scheme')
const Format = one(['json', 'xml', 'form'])

const Scalar = Type.Union(
  [Type.String(), Type.Number(), Type.Boolean(), Type.Null()],
  says('a text, a number, true, false or null'),
)
const Statuses = Type.Union(
  [Type.String(), Type.Integer()],
  says('an HTTP status such as 402, or a range such as 200-299'),
)

const Rule = strict({
  kind: one(['approved', 'pending', 'action_required', 'declined', 'refused']),
  status: Type.Optional(oneOrMore(Statuses, 'an HTTP status')),
  when: Type.Optional(
    byName(oneOrMore(Scalar, 'a value'), '^.', 'selectors, each with the values it may have'),
  ),
  exists: Type.Optional(Selectors),
  absent: Type.Optional(Selectors),
  for: Type.Optional(oneOrMore(one([...OPERATIONS, 'notification']), 'an operation')),
  code: Type.Optional(one([...DECLINES, ...REFUSALS])),
})

const Answers = strict({
  format: Type.Optional(Format),
  reference: Type.Optional(
    Type.Union(
      [
        text('a selector'),
        listOf(text('a selector')),
        byName(Selectors, NAME, 'its parts by name'),
      ],
      says('a selector, a list of them, or a table of its parts'),
    ),
  ),
  code: Type.Optional(Selectors),
  message: Type.Optional(Selectors),
  url: Type.Optional(Selectors),
  /** Where the fields stand that the customer's browser posts to the URL. */
  form: Type.Optional(text('a selector')),
  declines: Type.Optional(
    Type.Record(Type.String(), Type.Array(Type.Union([Type.String(), Type.Number()])), {
      ...says('codes of declines, each with the codes of the PSP'),
    }),
  ),
  rules: Type.Optional(listOf(Rule)),
})

const Body = Type.Object({}, says('a table of fields'))
const request = {
  method: one(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: Type.String({ pattern: '^/', ...says('a path that begins with /') }),
  query: Type.Optional(text()),
  headers: Type.Optional(Headers),
  json: Type.Optional(Body),
  form: Type.Optional(Body),
  xml: Type.Optional(Body),
}
const Operation = strict({
  ...request,
  needs: Type.Optional(listOf(text('a field'))),
  sign: Type.Optional(Signature),
  answers: Type.Optional(Answers),
})

const Derived = strict({
  text: text(),
  hash: Type.Optional(text()),
  hmac: Type.Optional(text()),
  encrypt: Type.Optional(text()),
  key: Type.Optional(text('the name of a credential')),
  key_encoding: Type.Optional(one(['utf8', 'hex', 'base64', 'base64url'])),
  output: Type.Optional(one(['hex', 'HEX', 'base64', 'base64url', 'base64hex'])),
})

const Acknowledgement = strict({
  status: Type.Integer({ minimum: 200, maximum: 599, ...says('an HTTP status') }),
  headers: Type.Optional(Headers),
  body: Type.Optional(Type.String(says('a text'))),
})

const flag = Type.Boolean(says('true or false'))

export const DocumentSchema = strict({
  template: Type.Literal(1, says('1, the version of the language')),
  id: Type.String({ pattern: NAME, ...says('a lower-case name') }),
  name: text(),
  docs: Type.String({ pattern: '^https://', ...says("the URL of the vendor's pages") }),
  api_version: text(),
  source: Type.Optional(text('where the formula of the signature is published')),
  label: Type.Optional(text()),
  hosts: strict({
    live: Type.String({ pattern: '^https://[^/?#@]+$', ...says('https:// and a host') }),
    sandbox: Type.String({ pattern: '^https://[^/?#@]+$', ...says('https:// and a host') }),
  }),
  credentials: byName(
    strict({
      label: text(),
      secret: flag,
      optional: Type.Optional(flag),
      max_bytes: Type.Optional(Type.Integer({ minimum: 1, ...says('a whole number') })),
    }),
    NAME,
    'credentials by their names',
  ),
  options: Type.Optional(
    byName(strict({ label: text(), choices: listOf(text()) }), NAME, 'options by their names'),
  ),
  idempotency: Type.Optional(
    strict({ header: Type.Optional(text()), field: Type.Optional(text()) }),
  ),
  headers: Type.Optional(Headers),
  private_in_answer: Type.Optional(
    Type.Array(Type.String({ pattern: '^/', ...says('a JSON pointer') })),
  ),
  decimals: Type.Optional(
    byName(
      Type.Integer({ minimum: 0, maximum: 4, ...says('0 to 4') }),
      '^[A-Z]{3}$',
      'decimals of currencies',
    ),
  ),
  currencies: Type.Optional(
    Type.Union(
      [
        listOf(Type.String({ pattern: '^[A-Z]{3}$' })),
        Type.String({ pattern: '^\\{\\{credential\\.[a-z0-9_]+\\}\\}$' }),
      ],
      says('a list of currencies, or {{credential.NAME}} for the one of the account'),
    ),
  ),
  sign: Type.Optional(Signature),
  derived: Type.Optional(byName(Derived, NAME, 'values computed from the card, by name')),
  session: Type.Optional(
    strict({
      ...request,
      format: Type.Optional(Format),
      values: byName(text('a selector'), NAME, 'selectors by name'),
      seconds: Type.Union(
        [Type.Integer({ minimum: 1 }), Type.String()],
        says('a number of seconds, or a selector'),
      ),
    }),
  ),
  operations: Type.Partial(
    strict(
      // Object.fromEntries forgets which names there are.
      Object.fromEntries(OPERATIONS.map((name) => [name, Operation])) as Record<
        (typeof OPERATIONS)[number],
        typeof Operation
      >,
    ),
    says('a table of operations'),
  ),
  answers: Answers,
  /** Of answers that are signed. */
  verify: Type.Optional(Declared),
  notification: Type.Optional(
    strict({
      verify: Declared,
      answers: Type.Optional(Answers),
      merchant_reference: Type.Optional(Selectors),
      accepted: Acknowledgement,
      refused: Acknowledgement,
    }),
  ),
})

export type TemplateDocument = Static<typeof DocumentSchema>
export type RequestDocument = Omit<Static<typeof Operation>, 'sign' | 'answers' | 'needs'>
export type AnswersDocument = Static<typeof Answers>
export type DerivedDocument = Static<typeof Derived>
export type DeclaredDocument = Static<typeof Declared>
export type RuleDocument = Static<typeof Rule>
