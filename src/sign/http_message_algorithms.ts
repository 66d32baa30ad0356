/**
 * @module Algorithms of HTTP message signatures by their registered names. RFC 9421, 6.2.2.
 */
import { type Keyed, pair, shared } from './keyed.ts'

export const HTTP_MESSAGE_ALGORITHMS = {
  'rsa-pss-sha512': pair('rsa-pss-sha512'),
  'rsa-v1_5-sha256': pair('rsa-sha256'),
  'hmac-sha256': shared('sha256'),
  'ecdsa-p256-sha256': pair('ecdsa-sha256-p1363'),
  'ecdsa-p384-sha384': pair('ecdsa-sha384-p1363'),
  ed25519: pair('ed25519'),
} as const satisfies Record<string, Keyed>

export type HttpMessageAlgorithm = keyof typeof HTTP_MESSAGE_ALGORITHMS
const names = Object.keys(HTTP_MESSAGE_ALGORITHMS)
// Object.keys of a constant gives its keys and no others.
export const HTTP_MESSAGE_ALGORITHM_NAMES = names as readonly HttpMessageAlgorithm[]
