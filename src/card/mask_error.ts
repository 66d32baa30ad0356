/**
 * @module An error without card numbers in its words: a caller may have put one where a name is told back.
 */
import { GatewayError } from '../errors.ts'
import { maskCardNumbers } from './scan.ts'

/** The same error; card numbers in its message, its field and its placeholder are masked. */
export function maskError(error: GatewayError): GatewayError {
  const { code, message, param, sent, hint, template, forward, cause, retry_after, about } = error
  const masked = new GatewayError(code, maskCardNumbers(message), {
    sent,
    hint,
    cause,
    ...(param !== null && { param: maskCardNumbers(param) }),
    ...(template !== null && { template: maskCardNumbers(template) }),
    ...(forward && { forward }),
    ...(retry_after !== null && { retry_after }),
    ...(about !== null && { about: maskCardNumbers(about) }),
  })
  const isSame =
    masked.message === message &&
    masked.param === param &&
    masked.template === template &&
    masked.about === about
  return isSame ? error : masked
}
