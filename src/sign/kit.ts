/**
 * @module The cryptography an adapter is given: synchronous functions over plain data, the same natively and in the sandbox.
 */
import type { Crypto } from '../adapter.ts'
import { decrypt, encrypt } from './cipher.ts'
import { decode, encode } from './codec.ts'
import { equal } from './equal.ts'
import { exactJson } from './exact_json.ts'
import { hash } from './hash.ts'
import { hmac } from './hmac.ts'
import { join } from './join.ts'
import { random } from './random.ts'
import { redsys } from './redsys.ts'
import { rsaDecrypt, rsaEncrypt } from './rsa.ts'
import { sign, verify } from './asymmetric.ts'

/**
 * `kit.crypto`. Strings, numbers, bytes and records in, strings, booleans and bytes out, so that each call crosses the
 * sandbox's border. All but `random` are pure, up to the chance inside RSA padding, ECDSA and fresh IVs.
 * Each throws a `GatewayError` that names function and parameter and holds no value.
 */
export const cryptoKit: Crypto = Object.freeze({
  hash,
  hmac,
  join,
  sign,
  verify,
  encrypt,
  decrypt,
  rsaEncrypt,
  rsaDecrypt,
  redsys,
  equal,
  encode,
  decode,
  exactJson,
  random,
})
