/**
 * @module HTTP message signatures of received messages: Signature-Input read, the base built anew, Content-Digest checked. RFC 9421, 3.2.
 */
import { digestHolds } from '../content_digest.ts'
import { GatewayError } from '../../errors.ts'
import {
  HTTP_MESSAGE_ALGORITHMS,
  HTTP_MESSAGE_ALGORITHM_NAMES,
} from '../http_message_algorithms.ts'
import { choice, credentials, names, optional, seconds, text } from '../parameters.ts'
import { headerOf } from '../request.ts'
import { KEY_ENCODINGS } from '../shared_key.ts'
import {
  type Component,
  type HttpMessage,
  component,
  identifier,
  signatureBase,
} from '../signature_base.ts'
import { type SignatureInput, dictionary, signatureInput } from '../structured.ts'
import type { SignRequest, Verdict } from '../types.ts'
import { type WebhookInput, byAnySecret, defineWebhook, refused, staleness } from '../webhook.ts'

const PLACE = { scheme: 'http-message', param: 'components' }

export const httpMessageWebhook = defineWebhook({
  name: 'http-message',
  about: 'HTTP message signatures.',
  source: 'RFC 9421, RFC 9530',
  parameters: {
    secret: credentials('The public key in PEM, or the shared one.', 'public_key'),
    algorithm: choice('The algorithm, whatever the message says.', HTTP_MESSAGE_ALGORITHM_NAMES),
    key_encoding: choice('How a shared key is written.', KEY_ENCODINGS, 'base64'),
    label: optional(text('The signature to look at; without it, the only one.')),
    covered: names('What must be covered; content-digest stands for the body.', [
      ...['@method', '@target-uri', 'content-digest'],
    ]),
    tolerance: optional(
      seconds('How many seconds created may differ from now; unlimited without.'),
    ),
  },
  verify: (values, input) => verifyMessage(values, input.request, input),
})

interface Rules {
  readonly secret: readonly string[]
  readonly algorithm: keyof typeof HTTP_MESSAGE_ALGORITHMS
  readonly key_encoding: (typeof KEY_ENCODINGS)[number]
  readonly label: string | undefined
  readonly covered: readonly string[]
  readonly tolerance: number | undefined
}

/** The same for any message: answers have a status and can be verified too. */
export function verifyMessage(
  rules: Rules,
  message: HttpMessage,
  { secrets, now }: Pick<WebhookInput, 'secrets' | 'now'>,
): Verdict {
  const request: SignRequest = { method: '', url: '', ...message }
  const inputs = dictionary(headerOf(request, 'signature-input') ?? '')
  const labels = [...inputs.keys()]
  const label = rules.label ?? (labels.length === 1 ? labels[0] : undefined)
  const input = signatureInput(inputs.get(label ?? '') ?? '')
  const given = dictionary(headerOf(request, 'signature') ?? '').get(label ?? '')
  if (input === null || given === undefined) return refused('the signature is missing or malformed')

  const problem = unfit(rules, input, now)
  if (problem !== null) return refused(problem)
  const base = baseOf(message, input, rules.covered)
  if ('reason' in base) return refused(base.reason)
  if (base.covered.includes('"content-digest"')) {
    const digest = headerOf(request, 'content-digest') ?? ''
    if (!digestHolds(digest, message.bytes)) return refused('the content digest does not match')
  }
  const [, signature = ''] = /^:([A-Za-z0-9+/=]*):$/.exec(given) ?? []
  const { verify } = HTTP_MESSAGE_ALGORITHMS[rules.algorithm]
  return byAnySecret(rules.secret, { request, secrets, now }, 'http-message', (key) =>
    verify(key, rules.key_encoding, base.text, signature, 'base64'),
  )
}

/** Why the signature's own words do not suit the rules, or null. */
function unfit({ algorithm, tolerance }: Rules, { params }: SignatureInput, now: number) {
  const alg = params.get('alg')
  // The key decides, not the message; but a message that says another is not meant for it. RFC 9421, 3.2.
  if (alg !== undefined && alg !== algorithm) return 'the algorithm is another'
  const expires = params.get('expires')
  if (expires !== undefined && !(Number(expires) >= now)) return 'the signature has expired'
  return tolerance === undefined ? null : staleness(params.get('created'), now, tolerance)
}

function baseOf(message: HttpMessage, { items, raw }: SignatureInput, wanted: readonly string[]) {
  try {
    const components: readonly Component[] = items.map((item) => component(item, PLACE))
    const covered = components.map(identifier)
    const missing = wanted.filter((name) => !covered.includes(identifier(component(name, PLACE))))
    if (missing.length > 0) return { reason: `the signature does not cover ${missing.join(', ')}` }
    return { text: signatureBase(message, components, raw, PLACE), covered }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return { reason: 'the signature covers what the message does not have' }
  }
}
