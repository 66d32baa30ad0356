/**
 * @module An XML body with its signature inside: iDEAL, and others that follow XML Signature.
 */
import { fault } from '../fault.ts'
import { privateKey } from '../key.ts'
import { choice, credential, optional, template } from '../parameters.ts'
import { defineScheme } from '../scheme.ts'
import { secretText } from '../secrets.ts'
import { signXml } from '../xml_signature.ts'

/** iDEAL 3.3.1: `{transforms: inclusive, key_name: '{credential:fingerprint}'}`. */
export const xmlSignature = defineScheme({
  name: 'xml-signature',
  about: 'An XML body with an RSA-SHA256 signature over all of it inside.',
  source: 'XML Signature 1.1, https://www.w3.org/TR/xmldsig-core1/',
  parameters: {
    key: credential('The credential that is the private key.', 'private_key'),
    transforms: choice(
      'How the document is canonicalized for its digest: exclusive, or inclusive where the PSP names no transform for it.',
      ['exclusive', 'inclusive'],
      'exclusive',
    ),
    key_name: optional(template("What stands in KeyInfo's KeyName.")),
  },
  apply({ key, transforms, key_name }, input) {
    const at = { scheme: 'xml-signature', param: 'key' }
    const secret = privateKey(secretText(input.credentials, key, at), at)
    if (secret.asymmetricKeyType !== 'rsa') throw fault(at, 'is no RSA key')
    const body = Buffer.from(input.request.bytes).toString('utf8')
    const signed = signXml(body, secret, { transforms, keyName: key_name?.text(input) })
    if (signed === null) {
      throw fault({ ...at, param: 'body' }, 'is no XML without comments, CDATA and a signature')
    }
    return { headers: {}, bytes: Buffer.from(signed) }
  },
})
