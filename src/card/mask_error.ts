/**
 * @module An error without card numbers in its words: a caller may have put one where a name is told back.
 */
import { GatewayError } from '../errors.ts'
import { maskCardNumbers } from './scan.ts'

/** The same error; card numbers in its message, its field and its placeholder are masked. */
export function maskError(error: GatewayError): GatewayError {
  const { code, message, param, sent, hint, template, forward, cause } = error
  const masked = new GatewayError(code, maskCardNumbers(message), {
    sent,
    hint,
    cause,
    ...(param !== null && { param: maskCardNumbers(param) }),
    ...(template !== null && { template: maskCardNumbers(template) }),
    ...(forward && { forward }),
  })
  const { message: words, param: field, template: placeholder } = masked
  return words === message && field === param && placeholder === template ? error : masked
}
