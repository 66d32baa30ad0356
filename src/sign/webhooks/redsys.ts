/**
 * @module Redsys's notifications and answers: parameters in base64 and a signature under the order's own key.
 * See https://pagosonline.redsys.es/desarrolladores-inicio/documentacion-operativa/firmar-una-operacion/
 */
import { decoded } from '../codec.ts'
import { says } from '../equal.ts'
import { exactJson } from '../exact_json.ts'
import { at } from '../join.ts'
import { credentials } from '../parameters.ts'
import { fieldsOf } from '../received.ts'
import { REDSYS_VERSIONS, redsys as signatureOf } from '../redsys.ts'
import { byAnySecret, defineWebhook, refused } from '../webhook.ts'

export const redsys = defineWebhook({
  name: 'redsys',
  about: "Redsys's Ds_Signature over Ds_MerchantParameters.",
  source:
    'https://pagosonline.redsys.es/desarrolladores-inicio/documentacion-operativa/firmar-una-operacion/',
  parameters: { secret: credentials('The key of the terminal, in base64.', 'secret_key') },
  verify({ secret }, input) {
    const fields = fieldsOf(input.request)
    const parameters = at(fields, 'Ds_MerchantParameters')
    const given = at(fields, 'Ds_Signature')
    const version = REDSYS_VERSIONS.find((name) => name === at(fields, 'Ds_SignatureVersion'))
    if (typeof parameters !== 'string' || typeof given !== 'string') {
      return refused('the signature is missing')
    }
    if (version === undefined) return refused('the version of the signature is unknown')
    const order = orderOf(parameters)
    if (order === null) return refused('the parameters name no order')
    // Answers come URL-safe and padded, requests in plain base64: one form for both.
    const plain = given.replaceAll('-', '+').replaceAll('_', '/')
    return byAnySecret(secret, input, 'redsys', (key) => {
      const expected = signatureOf(version, key, order, parameters, 'base64')
      return says(plain, 'base64', Buffer.from(expected, 'base64'))
    })
  },
})

/** The order inside the parameters, whose name is `Ds_Order` in answers, in any case. */
function orderOf(parameters: string): string | null {
  try {
    const plain = parameters.replaceAll('-', '+').replaceAll('_', '/')
    const json = exactJson(decoded(plain, 'base64', { scheme: 'redsys', param: 'body' }).toString())
    const names = typeof json === 'object' && json !== null ? Object.keys(json) : []
    const name = names.find((one) => /^ds_(?:merchant_)?order$/i.test(one))
    const order = name === undefined ? undefined : at(json, name)
    return typeof order === 'string' && order !== '' ? order : null
  } catch {
    // Neither base64 nor JSON.
    return null
  }
}
