/**
 * @module XML signatures in the one form that is taken here: RSA-SHA256, enveloped, one reference over the whole document.
 * XML Signature 1.1, Exclusive XML Canonicalization 1.0; iDEAL signs so. The library canonicalizes and computes; what a document
 * may look like, and that its reader sees what was signed, is decided here.
 */
import type { KeyObject } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Json } from '../adapter.ts'
import { xmlValue } from '../template/xml-value.ts'
import { isRecord } from './parameters.ts'
import { xmlLibrary } from './xml_library.ts'

const DSIG = 'http://www.w3.org/2000/09/xmldsig#'
const ENVELOPED = `${DSIG}enveloped-signature`
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256'

/** Transforms of the reference. Where none canonicalizes, Canonical XML 1.0 is meant (XML Signature 1.1, 4.4.3.2), as in iDEAL. */
export const XML_TRANSFORMS = {
  exclusive: [ENVELOPED, EXCLUSIVE],
  inclusive: [ENVELOPED],
} as const

/** What stands in KeyInfo, which nobody signed and nobody here reads: a reader that looks for a name finds no other there. */
const KEY_INFO = [
  ...['KeyName', 'KeyValue', 'RSAKeyValue', 'Modulus', 'Exponent', 'X509Data', 'X509Certificate'],
  ...['X509SubjectName', 'X509IssuerSerial', 'X509IssuerName', 'X509SerialNumber', 'X509SKI'],
]

/** How a document is signed. */
export interface XmlSigning {
  readonly transforms: keyof typeof XML_TRANSFORMS
  /** Text of KeyInfo's KeyName; none without. */
  readonly keyName: string | undefined
}

/** The document with its signature as the last child of its root; null for what {@link isPlain} refuses, or is signed already. */
export function signXml(
  xml: string,
  key: KeyObject,
  { transforms, keyName }: XmlSigning,
): string | null {
  if (!isPlain(xml) || xml.search(SIGNATURE) >= 0) return null
  const { SignedXml } = xmlLibrary()
  const signer = new SignedXml({
    privateKey: key,
    canonicalizationAlgorithm: EXCLUSIVE,
    signatureAlgorithm: RSA_SHA256,
    getKeyInfoContent: () =>
      keyName === undefined ? null : `<KeyName>${keyName.replace(/[&<>]/g, escaped)}</KeyName>`,
  })
  signer.addReference({
    xpath: '/*',
    transforms: [...XML_TRANSFORMS[transforms]],
    digestAlgorithm: SHA256,
    uri: '',
    isEmptyUri: true,
  })
  signer.computeSignature(xml)
  return signer.getSignedXml()
}

/**
 * Whether the key signed all that a reader of the document sees. The key is the one given: KeyInfo is not asked. False for
 * every other form of signature, and for documents that two readers may read in two ways.
 */
export function isSignedXml(xml: string, key: KeyObject): boolean {
  const parts = partsOf(xml)
  if (!parts) return false
  const { SignedXml } = xmlLibrary()
  const checker = new SignedXml({ publicCert: key, getCertFromKeyInfo: () => null })
  const { SignatureAlgorithms, HashAlgorithms } = checker
  checker.SignatureAlgorithms = only(SignatureAlgorithms, RSA_SHA256)
  checker.HashAlgorithms = only(HashAlgorithms, SHA256)
  try {
    checker.loadSignature(parts.signature)
    if (!checker.checkSignature(xml)) return false
  } catch {
    // What it says may quote the document.
    return false
  }
  const [signed = '', ...others] = checker.getSignedReferences()
  // What was signed, read by the reader that will read the document, is what stands in it.
  return others.length === 0 && isDeepStrictEqual(content(signed), content(parts.rest))
}

interface Parts {
  readonly signature: string
  /** The document without it. */
  readonly rest: string
}

/** A tag of that name; in a document that {@link isPlain} holds for, `<` begins a tag and nothing else. */
const SIGNATURE = /<(?:[^\s<>/:]+:)?Signature(?=[\s/>])/g

/** The signature and the rest, where the signature is a child of the root and has the form that is taken; else null. */
function partsOf(xml: string): Parts | null {
  if (!isPlain(xml) || (xml.match(/<(?:[^\s<>/:]+:)?SignedInfo(?=[\s/>])/g) ?? []).length !== 1) {
    return null
  }
  const [begin, ...others] = xml.matchAll(SIGNATURE)
  const name = begin?.[0].slice(1) ?? ''
  // White space may stand before the end of a tag.
  const end = new RegExp(`</${RegExp.escape(name)}\\s*>`).exec(xml)
  if (!begin || others.length > 0 || !end) return null
  const after = end.index + end[0].length
  const signature = xml.slice(begin.index, after)
  const [root] = Object.values(Object(xmlValue(xml)))
  if (!isRecord(root) || !isRecord(root[name]) || !isForm(signature, name, root)) return null
  return { signature, rest: xml.slice(0, begin.index) + xml.slice(after) }
}

/** Whether a signature is of the form that is taken, with nothing more in it. */
function isForm(signature: string, name: string, root: Readonly<Record<string, unknown>>): boolean {
  const prefix = name.slice(0, -'Signature'.length)
  const own = Object(xmlValue(signature))[name]
  const namespace = prefix === '' ? '@xmlns' : `@xmlns:${prefix.slice(0, -1)}`
  if (!isRecord(own) || own[namespace] !== DSIG) return false
  const { '@Id': _id, ...bare } = Object(withoutPrefix(own, prefix, namespace))
  const { SignatureValue: value, KeyInfo: keyInfo, ...rest } = bare
  const { '@URI': uri, DigestValue: digest } = Object(rest.SignedInfo?.Reference)
  const ids = ['@Id', '@ID', '@id'].flatMap((id) => root[id] ?? [])
  const covers = uri === '' || ids.some((id) => uri === `#${String(id)}`)
  const algorithm = (one: string) => ({ '@Algorithm': one })
  const forms = Object.values(XML_TRANSFORMS).map(([first, second]) => ({
    SignedInfo: {
      CanonicalizationMethod: algorithm(EXCLUSIVE),
      SignatureMethod: algorithm(RSA_SHA256),
      Reference: {
        '@URI': uri,
        Transforms: {
          Transform: second ? [algorithm(first), algorithm(second)] : algorithm(first),
        },
        DigestMethod: algorithm(SHA256),
        DigestValue: digest,
      },
    },
  }))
  return (
    covers &&
    [value, digest].every((one) => typeof one === 'string' && one !== '') &&
    (keyInfo === undefined || namesOf(keyInfo).every((one) => KEY_INFO.includes(one))) &&
    forms.some((form) => isDeepStrictEqual(rest, form))
  )
}

/** Element names without the prefix of XML signatures, and without its declarations; others are left, and fit no form. */
function withoutPrefix(value: unknown, prefix: string, namespace: string): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutPrefix(one, prefix, namespace))
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, one]) => name !== namespace || one !== DSIG)
      .map(([name, one]) => [
        name.startsWith('@')
          ? name
          : name.startsWith(prefix)
            ? name.slice(prefix.length)
            : `?${name}`,
        withoutPrefix(one, prefix, namespace),
      ]),
  )
}

/** Names of all elements and attributes below. */
function namesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(namesOf)
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([name, one]) => [name, ...namesOf(one)])
}

/** Well-formed, and without comments, CDATA, document types and processing instructions, which readers differ about. */
function isPlain(xml: string): boolean {
  return !xml.includes('<!') && xmlValue(xml) !== undefined
}

/** What a reader sees: declarations of namespaces are bound to the names that use them, by the canonical form. */
function content(xml: string): Json | undefined {
  const bare = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(bare)
    if (!isRecord(value)) return value
    const members = Object.entries(value).filter(([name]) => !/^@xmlns(?::|$)/.test(name))
    // Members of JSON are JSON.
    return Object.fromEntries(members.map(([name, one]) => [name, bare(one as Json)]))
  }
  const value = xmlValue(xml)
  return value === undefined ? undefined : bare(value)
}

function only<T>(all: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([one]) => one === name))
}

function escaped(sign: string): string {
  return sign === '&' ? '&amp;' : sign === '<' ? '&lt;' : '&gt;'
}
