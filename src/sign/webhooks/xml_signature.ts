/**
 * @module XML messages with an enveloped signature over the whole document: answers of iDEAL's acquirers.
 */
import { publicKey } from '../key.ts'
import { credentials } from '../parameters.ts'
import { byAnySecret, defineWebhook } from '../webhook.ts'
import { isSignedXml } from '../xml_signature.ts'

export const xmlSignatureWebhook = defineWebhook({
  name: 'xml-signature',
  about: 'An RSA-SHA256 signature inside an XML body, over all of it.',
  source: 'XML Signature 1.1, https://www.w3.org/TR/xmldsig-core1/',
  parameters: {
    secret: credentials("The PSP's public key or certificate, or several.", 'public_key'),
  },
  verify({ secret }, input) {
    const xml = Buffer.from(input.request.bytes)
      .toString('utf8')
      .replace(/^\ufeff/, '')
    return byAnySecret(secret, input, 'xml-signature', (text) =>
      isSignedXml(xml, publicKey(text, { scheme: 'xml-signature', param: 'secret' })),
    )
  },
})
