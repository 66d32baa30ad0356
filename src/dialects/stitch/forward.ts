/**
 * @module Stitch's forward: the token, the request as data with selectors, and an answer that wraps the PSP's.
 */
import type { Caller } from '../../auth/caller.ts'
import { checkCvc } from '../../card.ts'
import { GatewayError } from '../../errors.ts'
import type { Call, OwnRequest } from '../../forward/call.ts'
import { refuseClearNumbers } from '../../forward/clear_numbers.ts'
import { forward } from '../../forward/forward.ts'
import type { Gateway } from '../../gateway.ts'
import { member, type JsonNode } from '../../json.ts'
import type { Context } from '../../route.ts'
import { Secret } from '../../secret.ts'
import { compileJsonNode } from '../../template/json.ts'
import { compileStitchBody, stitchGrammar } from '../../template/stitch.ts'
import { compileText } from '../../template/text.ts'
import { compileUrl } from '../../template/url.ts'
import { answer, type Echo } from './answer.ts'
import { plainValue } from './encrypted.ts'
import { reasonOf } from './errors.ts'
import { forwardUuid, ownTokenId } from './ids.ts'
import type { Destination, ForwardRequest } from './schemas.ts'
import { simulated } from './simulated.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** Forwards a request whose body fits the schema. Throws GatewayError for what is refused before anything is sent. */
export async function forwardRequest(
  gateway: Gateway,
  context: Context,
  caller: Caller,
): Promise<Response> {
  // The edge has checked the body against this schema.
  const input = context.json.value as ForwardRequest
  const { name, destination } = destinationOf(input)
  const node = member(context.json.node, name)
  const body = node && member(node, 'body')
  const echo = echoOf(context, destination, body)
  const call: Call = {
    caller,
    request_id: context.request_id,
    dialect: 'stitch',
    tokens: new Map([['', ownTokenId(input.token)]]),
    cvc: cvcOf(input),
    account: null,
    wants: ownRequest(context, name, destination, body),
    idempotency_key: null,
    body: context.bytes,
    timeout_ms: input.timeout ? Math.ceil(input.timeout) : null,
    dry_run: false,
  }
  // Before what is only simulated, too: it is no other request for that.
  refuseClearNumbers(gateway.clear_numbers, call)
  const wanted = caller.test ? simulated(input.timeout) : null
  if (wanted) return answer(crypto.randomUUID(), input.token, echo, wanted)
  const deadline = gateway.clock() + (call.timeout_ms ?? gateway.timeout_ms)
  try {
    const { id, response } = await forward(gateway, call)
    if (!response) throw new TypeError('a forward that was sent has an answer')
    return answer(forwardUuid(id) ?? id, input.token, echo, { response })
  } catch (error) {
    if (!(error instanceof GatewayError) || !error.forward) throw error
    const reason = reasonOf(error, gateway.clock() >= deadline)
    if (reason === null) throw error
    const { id } = error.forward
    return answer(forwardUuid(id) ?? id, input.token, echo, { reason, sent: error.sent })
  }
}

/** The page's sample and its table have different names for it. */
function destinationOf({ destinationRequest, request }: ForwardRequest): {
  name: 'destinationRequest' | 'request'
  destination: Destination
} {
  if (destinationRequest && !request) {
    return { name: 'destinationRequest', destination: destinationRequest }
  }
  if (request && !destinationRequest) return { name: 'request', destination: request }
  throw new GatewayError(
    'invalid_request',
    request ? 'Send destinationRequest or request, not both.' : 'destinationRequest is missing.',
    { param: 'destinationRequest' },
  )
}

function cvcOf({ securityCode }: ForwardRequest): Call['cvc'] {
  if (!securityCode) return null
  const code = plainValue(securityCode, 'securityCode')
  return { code: new Secret(checkCvc(code, null, 'securityCode')) }
}

function ownRequest(
  { json }: Context,
  name: string,
  { url, method, headers }: Destination,
  body: JsonNode | undefined,
): OwnRequest {
  const { origin, path, query } = compileUrl(url, stitchGrammar, `${name}.url`)
  const given = Object.entries(headers ?? {})
  const contentType = given.find(([header]) => /^content-type$/i.test(header))?.[1] ?? null
  const isValue = body !== undefined && body.kind !== 'string' && body.kind !== 'null'
  return {
    kind: 'request',
    origin,
    plan: {
      method: methodOf(method, name),
      path,
      ...(query !== undefined && { query }),
      headers: {
        ...(isValue && contentType === null && { 'content-type': 'application/json' }),
        ...Object.fromEntries(
          given.map(([header, value]) => [
            header,
            compileText(value, stitchGrammar, `${name}.headers.${header}`),
          ]),
        ),
      },
      ...(body && body.kind !== 'null' && { body: { template: templateOf(body) } }),
    },
  }

  function templateOf(node: JsonNode) {
    const where = `${name}.body`
    return node.kind === 'string'
      ? compileStitchBody(node.value, contentType ?? guessed(node.value), where)
      : compileJsonNode(json.text, node, stitchGrammar, where)
  }
}

/** Without a content type, what looks like JSON is treated as such; it is sent without one all the same. */
function guessed(body: string): string | null {
  return /^\s*[[{]/.test(body) ? 'application/json' : null
}

function methodOf(given: string, name: string): OwnRequest['plan']['method'] {
  const method = METHODS.find((one) => one === given.toUpperCase())
  if (method) return method
  throw new GatewayError(
    'invalid_request',
    `${name}.method must be one of ${METHODS.join(', ')}.`,
    {
      param: `${name}.method`,
    },
  )
}

function echoOf(
  { json }: Context,
  { url, method, headers }: Destination,
  body: JsonNode | undefined,
): Echo {
  const text =
    body === undefined || body.kind === 'null'
      ? undefined
      : body.kind === 'string'
        ? body.value
        : json.text.slice(body.start, body.end)
  return { url, method, headers: headers ?? {}, body: text }
}
