/**
 * @module Signing and checking by name of algorithm, whether its key is shared or a pair: for schemes that allow both.
 */
import { type SignatureAlgorithm, sign, verify } from './asymmetric.ts'
import type { Input, Output } from './codec.ts'
import { says } from './equal.ts'
import type { Hash } from './hash.ts'
import { hmac, hmacBytes } from './hmac.ts'
import { type KeyEncoding, sharedKey } from './shared_key.ts'
import type { Data } from './types.ts'

/** What one algorithm of a scheme does with the text of a credential. */
export interface Keyed {
  readonly sign: (key: string, encoding: KeyEncoding, data: Data, output: Output) => string
  readonly verify: (
    key: string,
    encoding: KeyEncoding,
    data: Data,
    signature: string,
    from: Input,
  ) => boolean
}

/** An HMAC: the encoding says how the key's text is read. */
export function shared(hash: Hash): Keyed {
  return {
    sign: (key, encoding, data, output) => hmac(hash, sharedKey(key, encoding), data, output),
    verify: (key, encoding, data, signature, from) =>
      says(signature, from, hmacBytes(hash, sharedKey(key, encoding), data)),
  }
}

/** A pair: private to sign, public to check, both PEM or base64 DER whatever the encoding says. */
export function pair(algorithm: SignatureAlgorithm): Keyed {
  return {
    sign: (key, _encoding, data, output) => sign(algorithm, key, data, output),
    verify: (key, _encoding, data, signature, from) =>
      verify(algorithm, key, data, signature, from),
  }
}
