/**
 * @module Signatures, webhook checks and derived values of a document, checked against what there is in src/sign.
 */
import type { Declared } from '../adapter.ts'
import { answerCheckOf } from '../sign/answer.ts'
import { schemeOf, webhookOf } from '../sign/index.ts'
import type { Derived } from './compiled.ts'
import type { DeclaredDocument, DerivedDocument } from './document.ts'
import type { Path } from './problems.ts'
import { readText, type Reading } from './value.ts'

/** One scheme or several. */
export function readSign(
  given: DeclaredDocument | readonly DeclaredDocument[] | undefined,
  at: Path,
  reading: Reading,
): readonly Declared[] | null {
  if (given === undefined) return null
  // A scheme is a table, so what is a list is one of schemes.
  const list = Array.isArray(given) ? (given as readonly DeclaredDocument[]) : [given]
  return list.map((one, i) => {
    const where = Array.isArray(given) ? [...at, i] : at
    // Neither a list nor anything else than a table, by the schema.
    return readDeclared(one as DeclaredDocument, where, reading, schemeOf)
  })
}

/** A webhook check. */
export function readVerify(given: DeclaredDocument, at: Path, reading: Reading): Declared {
  return readDeclared(given, at, reading, webhookOf)
}

/** The same for answers. */
export function readAnswerVerify(given: DeclaredDocument, at: Path, reading: Reading): Declared {
  return readDeclared(given, at, reading, answerCheckOf)
}

interface Preparing {
  prepare(parameters: unknown): { readonly credentials: readonly string[] }
}

function readDeclared(
  given: DeclaredDocument,
  at: Path,
  { problems, names }: Reading,
  find: (name: string) => Preparing,
): Declared {
  const { scheme, ...parameters } = given
  const prepared = problems.attempt(at, () => find(scheme).prepare(parameters), '; ')
  for (const name of prepared?.credentials ?? []) {
    if (!names.credentials.includes(name)) {
      problems.add(at, `wants the credential ${name}, which is not declared`)
    }
  }
  if (JSON.stringify(parameters).includes('{{')) {
    problems.add(at, 'schemes take single braces: {credential:name}, {field:path}, {body}')
  }
  // Parameters came out of a document, so they are JSON.
  return { scheme, ...parameters } as Declared
}

/** `encrypt: rsa-oaep-sha256` and the like. */
const HOW: Readonly<Record<string, (given: DerivedDocument) => Derived['how']>> = {
  ...Object.fromEntries(
    (['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const).flatMap((algorithm) => [
      [
        `hash ${algorithm}`,
        ({ output = 'hex' }: DerivedDocument) => ({ kind: 'hash', algorithm, output }),
      ],
      [
        `hmac ${algorithm}`,
        ({ key = '', key_encoding = 'utf8', output = 'hex' }: DerivedDocument) => ({
          kind: 'hmac',
          algorithm,
          key,
          key_encoding,
          output,
        }),
      ],
    ]),
  ),
  ...Object.fromEntries(
    (['pkcs1', 'oaep-sha1', 'oaep-sha256', 'oaep-sha384', 'oaep-sha512'] as const).map(
      (padding) => [
        `encrypt rsa-${padding}`,
        ({ key = '', output = 'base64' }: DerivedDocument) => ({
          kind: 'rsa',
          padding,
          key,
          output,
        }),
      ],
    ),
  ),
  ...Object.fromEntries(
    (['aes-cbc', 'aes-gcm'] as const).map((algorithm) => [
      `encrypt ${algorithm}`,
      ({ key = '', key_encoding = 'utf8', output = 'base64' }: DerivedDocument) => ({
        kind: 'aes',
        algorithm,
        key,
        key_encoding,
        output,
      }),
    ]),
  ),
}

/** A value computed from the card. */
export function readDerived(given: DerivedDocument, at: Path, reading: Reading): Derived {
  const text = readText(given.text, [...at, 'text'], reading)
  const ways = (['hash', 'hmac', 'encrypt'] as const).filter((way) => given[way] !== undefined)
  const [way] = ways
  if (way === undefined) return { text, how: { kind: 'text' } }
  if (ways.length > 1) reading.problems.add(at, 'has more than one of hash, hmac and encrypt')
  const name = `${way} ${given[way]}`
  const make = Object.hasOwn(HOW, name) ? HOW[name] : undefined
  if (!make) {
    const known = Object.keys(HOW).filter((one) => one.startsWith(`${way} `))
    const words = known.map((one) => one.slice(way.length + 1))
    reading.problems.add([...at, way], `is none of ${words.join(', ')}`)
    return { text, how: { kind: 'text' } }
  }
  if (way !== 'hash' && !reading.names.credentials.includes(given.key ?? '')) {
    reading.problems.add([...at, 'key'], 'is not the name of a declared credential')
  }
  return { text, how: make(given) }
}
