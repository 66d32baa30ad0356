/**
 * @module The signature base of HTTP message signatures: what a list of components says of a message. RFC 9421, section 2.
 */
import { type Place, fault } from './fault.ts'
import { headerOf, pairsOf, percentEncoded, targetOf } from './request.ts'
import type { SignRequest } from './types.ts'

/** A request, or an answer, which has a status and no URL. */
export type HttpMessage =
  SignRequest | (Pick<SignRequest, 'headers' | 'bytes'> & { readonly status: number })

/** A component: a header, or a derived one that begins with `@`. */
export interface Component {
  readonly name: string
  /** The parameter `name` of `@query-param`; the only one known here. */
  readonly parameter: string | null
}

type Derive = (request: SignRequest, component: Component, place: Place) => string

/** RFC 9421, 2.2.1 to 2.2.8. */
const DERIVED: Readonly<Record<string, Derive>> = {
  '@method': ({ method }) => method,
  '@target-uri': ({ url }) => url,
  '@authority': (request, _, { scheme }) => targetOf(request, scheme).authority,
  '@scheme': (request, _, { scheme }) => targetOf(request, scheme).scheme,
  '@request-target': (request, _, { scheme }) => targetOf(request, scheme).target,
  '@path': (request, _, { scheme }) => targetOf(request, scheme).path,
  '@query': (request, _, { scheme }) => `?${targetOf(request, scheme).query ?? ''}`,
  '@query-param': (request, { parameter }, place) => {
    const pairs = pairsOf(targetOf(request, place.scheme).query ?? '')
    const found = pairs.filter(([name]) => formEncoded(name) === parameter)
    const [only] = found
    // 2.2.8: a name that occurs several times must not be included.
    if (!only || found.length > 1)
      throw fault(place, 'names a query parameter that is not there once')
    return formEncoded(only[1])
  },
}

/** Reads `content-type`, `@method`, `@query-param;name="Pet"`, with or without quotes about the name. */
export function component(text: string, place: Place): Component {
  const found = /^"?(@?[a-z0-9!#$%&'*+.^_`|~-]+)"?(?:;name="([^"\\]*)")?$/.exec(text)
  const [, name = '', parameter = null] = found ?? []
  if (!found) throw fault(place, 'has a component in a form that is not known here')
  const derived = name.startsWith('@')
  if (derived && name !== '@status' && !Object.hasOwn(DERIVED, name)) {
    throw fault(place, `has an unknown component (known: ${Object.keys(DERIVED).join(', ')})`)
  }
  if ((name === '@query-param') !== (parameter !== null)) {
    throw fault(place, 'has a parameter where none is known, or lacks that of @query-param')
  }
  return { name, parameter }
}

/** `"@query-param";name="Pet"`: RFC 9421, 2.5. */
export function identifier({ name, parameter }: Component): string {
  return parameter === null ? `"${name}"` : `"${name}";name="${parameter}"`
}

/** The text that is signed. `params` is the value of `@signature-params`: the list of components and what follows it. */
export function signatureBase(
  message: HttpMessage,
  components: readonly Component[],
  params: string,
  place: Place,
): string {
  const identifiers = components.map(identifier)
  if (new Set(identifiers).size < identifiers.length) throw fault(place, 'has a component twice')
  const lines = components.map(
    (item, index) => `${identifiers[index]}: ${value(message, item, place)}`,
  )
  return [...lines, `"@signature-params": ${params}`].join('\n')
}

function value(message: HttpMessage, item: Component, place: Place): string {
  if (item.name === '@status') {
    if ('status' in message) return String(message.status)
    throw fault(place, 'has @status, which requests do not have')
  }
  const derive = DERIVED[item.name]
  if (derive) {
    if ('url' in message) return derive(message, item, place)
    throw fault(place, `has ${item.name}, which answers do not have`)
  }
  const request = 'url' in message ? message : { ...message, method: '', url: '' }
  const found = headerOf(request, item.name)
  if (found === undefined) throw fault(place, `has ${item.name}, which the message does not`)
  return found
}

/** Decoded as a form and encoded again, space as `%20`: RFC 9421, 2.2.8. */
function formEncoded(text: string): string {
  return percentEncoded(new URLSearchParams(`x=${text}`).get('x') ?? '')
}
