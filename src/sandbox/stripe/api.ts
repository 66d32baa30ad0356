/**
 * @module Stripe's API at wire level: key, version, idempotency, parameters, and answers with the headers that Stripe sends.
 */
import { createHash } from 'node:crypto'
import { parseForm, parseJson, SyntaxFault } from '../form.ts'
import { json } from '../exchange.ts'
import type { Answered, Received } from '../exchange.ts'
import { mask } from '../mask.ts'
import { find } from '../router.ts'
import { invalid, noSuch, StripeError } from './error.ts'
import { expand } from './expand.ts'
import { createIdempotency } from './idempotency.ts'
import { readKey } from './key.ts'
import { OPERATIONS } from './operations.ts'
import type { Operation } from './operations.ts'
import { Params } from './params.ts'
import { newId } from './state.ts'
import type { State } from './state.ts'

/** The version of an account that asks for none. */
const VERSION = '2025-03-31.basil'
const FORM = 'application/x-www-form-urlencoded'

/** Objects that exist at Stripe and not here, by the parameter that names them. */
const ABSENT: { readonly [param: string]: string } = {
  customer: 'customer',
  confirmation_token: 'ConfirmationToken',
  mandate: 'mandate',
}

/** Answers everything under `/v1/`. */
export function createStripe(state: State): (request: Received) => Answered {
  const idempotency = createIdempotency(state.now)

  return (request) => {
    const id = `req_${newId('x').slice(2, 16)}`
    const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined
    const headers: { [name: string]: string } = { 'request-id': id, 'stripe-version': VERSION }
    if (key !== undefined) headers['idempotency-key'] = visible(key)
    try {
      const apiKey = readKey(request.headers['authorization'])
      headers['stripe-version'] = readVersion(request.headers['stripe-version'])
      const [operation, target] = route(request)
      const params = readParams(request, operation)
      const scope = [apiKey, key ?? ''] as const
      const fingerprint = digest([request.method, request.path, params])
      const kept = key === undefined ? null : idempotency.find(scope, fingerprint)
      if (kept) {
        headers['idempotent-replayed'] = 'true'
        headers['original-request'] = kept.request
        return { ...json(kept.status, null, headers), body: kept.body }
      }
      const [answer, acted] = run(operation, params, target, headers)
      if (key !== undefined && acted) {
        const body = String(answer.body)
        idempotency.keep(scope, { fingerprint, request: id, status: answer.status, body })
      }
      return answer
    } catch (error) {
      if (!(error instanceof StripeError)) throw error
      return failed(error, headers)
    }
  }

  function route(request: Received): [Operation, string] {
    const found = find(OPERATIONS, request.method, request.path)
    if (found && 'route' in found) return [found.route, found.segments[0] ?? '']
    throw invalid(
      `Unrecognized request URL (${request.method}: ${request.path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
      { status: 404 },
    )
  }

  /** @returns the answer, and whether the call had begun to act */
  function run(
    { run: act }: Operation,
    params: Params,
    target: string,
    headers: Readonly<Record<string, string>>,
  ): [Answered, boolean] {
    try {
      const paths = params.list('expand')
      return [json(200, expand(state, act(state, params, target), paths), headers), true]
    } catch (error) {
      if (!(error instanceof StripeError)) throw error
      return [failed(error, headers), error.details.acted ?? false]
    }
  }
}

/** The error as an answer; masked, because a message may repeat what was sent in the wrong place. */
function failed(error: StripeError, headers: Readonly<Record<string, string>>): Answered {
  const more = error.status === 401 ? { 'www-authenticate': 'Basic realm="Stripe"' } : {}
  const object = error.toObject()
  for (const name of ['message', 'param']) {
    if (typeof object[name] === 'string') object[name] = mask(object[name])
  }
  return json(error.status, { error: object }, { ...headers, ...more })
}

function readParams(request: Received, operation: Operation): Params {
  const params = new Params(readTree(request, operation)).only(operation.params)
  for (const [param, kind] of Object.entries(ABSENT)) {
    const id = params.has(param) ? params.text(param) : undefined
    if (id !== undefined) throw noSuch(kind, id, param, 400)
  }
  return params
}

function readTree(request: Received, operation: Operation) {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  try {
    if (operation.method === 'GET') return parseForm(request.query)
    if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw new SyntaxFault('compressed')
    }
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(request.body)
    if (type === FORM || text === '') return parseForm(text)
    if (type === 'application/json' && operation.json) return parseJson(text)
    throw new SyntaxFault('wrong content type')
  } catch (error) {
    if (error instanceof StripeError) throw error
    const why = error instanceof SyntaxFault ? ` (${error.message})` : ''
    throw invalid(
      `Invalid request${why}: check that your POST content type is ${FORM}. If you have any questions, we can help at https://support.stripe.com/.`,
    )
  }
}

function readVersion(version: string | undefined): string {
  if (version === undefined || /^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/.test(version)) {
    return version ?? VERSION
  }
  throw invalid(`Invalid Stripe API version: ${version}`)
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}

/** What may stand in a header. */
function visible(text: string): string {
  return mask(text.replace(/[^\x20-\x7e]/g, '?').slice(0, 255))
}
