/**
 * @module XML signatures: a published one, another program's, and every way of saying something that nobody signed.
 */
import { afterAll, describe, expect, test } from 'bun:test'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignedXml } from 'xml-crypto'
import { applyScheme, verifyWebhook } from '../../src/sign/index.ts'
import { isSignedXml, signXml } from '../../src/sign/xml_signature.ts'
import { request } from './requests.ts'
import vectors from '../vectors/xml_signatures.json'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = (key: typeof publicKey) =>
  String(key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }))
const DSIG = 'http://www.w3.org/2000/09/xmldsig#'
const exclusive = { transforms: 'exclusive', keyName: undefined } as const
const signed = (xml: string, how: Parameters<typeof signXml>[2] = exclusive) => {
  const made = signXml(xml, privateKey, how)
  if (made === null) throw new Error('it was not signed')
  return made
}
const PLAIN =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Pay xmlns="urn:psp" xmlns:u="urn:unused" Id="p1" b="2" a="1">\n  <Amount>19.99</Amount><n:Note xmlns:n="urn:n" n:x="&quot;ü&quot;">a &amp; b &#13;</n:Note><E/></Pay>'

describe('published', () => {
  test.each(vectors.map((one) => [`${one.name} (${one.source})`, one] as const))(
    '%s',
    (_, { document, certificate }) => {
      const key = createPublicKey(certificate)
      expect(isSignedXml(document, key)).toBe(true)
      expect(isSignedXml(document, publicKey)).toBe(false)
      expect(isSignedXml(document.replace('abc123', 'abc124'), key)).toBe(false)
    },
  )
})

describe('what is signed here', () => {
  test.each(['exclusive', 'inclusive'] as const)('%s holds', (transforms) => {
    const document = signed(PLAIN, { transforms, keyName: 'k & <1>' })
    expect(document).toContain('<KeyName>k &amp; &lt;1&gt;</KeyName>')
    expect(isSignedXml(document, publicKey)).toBe(true)
    expect(isSignedXml(document, other.publicKey)).toBe(false)
    // Signatures of RSA have no chance in them.
    expect(signed(PLAIN, { transforms, keyName: 'k & <1>' })).toBe(document)
  })
  test.each([
    ['', 'nothing'],
    ['<a>', 'cut off'],
    ['<a><!-- c --></a>', 'a comment'],
    ['<a><![CDATA[x]]></a>', 'CDATA'],
    ['<!DOCTYPE a><a/>', 'a document type'],
    ['<a><?x y?></a>', 'a processing instruction'],
    ['<a/><b/>', 'two roots'],
    [`<a><s:Signature xmlns:s="${DSIG}"/></a>`, 'a signature'],
  ])('%s is not signed: %s', (xml) => {
    expect(signXml(xml, privateKey, exclusive)).toBeNull()
    expect(isSignedXml(xml, publicKey)).toBe(false)
  })
  test('as a scheme and as a check, by the names of credentials', async () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const post = (body: string) => request('POST', 'https://psp.test/', {}, body)
    const apply = (key: string, body: string, more = {}) =>
      applyScheme(
        'xml-signature',
        { key: 'key', ...more },
        post(body),
        { key, name: 'n1' },
        { now: 0, nonce: '' },
      )
    const { bytes = new Uint8Array() } = await apply(pem(privateKey), PLAIN, {
      key_name: '{credential:name}',
    })
    const text = Buffer.from(bytes).toString()
    expect(text).toContain('<KeyName>n1</KeyName>')
    const verify = (body: string, keys: object) =>
      verifyWebhook('xml-signature', { secret: ['a', 'b'] }, post(body), { ...keys }, 0)
    const keys = { a: pem(other.publicKey), b: pem(publicKey) }
    expect(verify(text, keys)).toEqual({ ok: true })
    expect(verify(`\ufeff${text}`, keys)).toEqual({ ok: true })
    expect(verify(text, { ...keys, b: keys.a }).ok).toBe(false)
    expect(apply(pem(ec.privateKey), PLAIN)).rejects.toThrow('is no RSA key')
    expect(apply(pem(privateKey), '<a><!-- 4111111111111111 --></a>')).rejects.toThrow(
      /^xml-signature: body is no XML without comments, CDATA and a signature$/,
    )
  })
})

describe('what nobody signed', () => {
  const good = signed(PLAIN)
  const inner = /<Signature[\s\S]*<\/Signature>/.exec(good)?.[0] ?? ''
  const rest = good.replace(inner, '')
  const payload = rest.slice(rest.indexOf('<Pay'))
  const changed = (from: string, to: string) => {
    if (!good.includes(from)) throw new Error(`the document has no ${from}`)
    return good.replace(from, () => to)
  }
  const reference = /<Reference [\s\S]*<\/Reference>/.exec(good)?.[0] ?? ''
  const evil = payload.replace('19.99', '0.01').replace('Id="p1"', 'Id="p2"')
  const certificate = `<KeyInfo><KeyValue><RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent></RSAKeyValue></KeyValue></KeyInfo>`
  const byOther = signXml(PLAIN.replace('19.99', '0.01'), other.privateKey, exclusive) ?? ''
  const lies: readonly (readonly [string, string])[] = [
    ['another amount', changed('19.99', '19.98')],
    ['another attribute', changed('a="1"', 'a="2"')],
    ['another namespace', changed('urn:psp', 'urn:other')],
    ['another element beside', changed('<E', '<Amount>0.01</Amount><E')],
    ['text beside', changed('<E', 'x<E')],
    ['a comment in a value', changed('19.99', '19.9<!-- -->9')],
    ['a comment in the digest', good.replace(/<DigestValue>(.)/, '<DigestValue><!-- x -->$1')],
    ['a comment at the end', `${good}<!-- x -->`],
    ['CDATA for text', changed('19.99', '<![CDATA[19.99]]>')],
    ['an instruction', changed('<E', '<?x 0.01?><E')],
    ['an instruction before', good.replace('<Pay', '<?x?><Pay')],
    [
      'a document type with an entity',
      good.replace('<Pay', '<!DOCTYPE Pay [<!ENTITY x "0.01">]><Pay'),
    ],
    ['no signature', rest],
    ['an empty signature', rest.replace('</Pay>', `<Signature xmlns="${DSIG}"/></Pay>`)],
    ['two signatures', changed('</Pay>', `${inner}</Pay>`)],
    ['two SignedInfo', good.replace(/(<SignedInfo>[\s\S]*<\/SignedInfo>)/, '$1$1')],
    ['two references', changed(reference, reference + reference)],
    ['no reference', changed(reference, '')],
    ['a reference to a part', changed('URI=""', 'URI="#p9"')],
    ['a reference to another document', changed('URI=""', 'URI="https://evil.example/a.xml"')],
    ['a reference by XPointer', changed('URI=""', `URI="#xpointer(/)"`)],
    ['a reference without URI', changed(' URI=""', '')],
    [
      'wrapped: the signed document inside another one',
      `<Pay>${evil}${good.slice(good.indexOf('<Pay'))}</Pay>`,
    ],
    [
      'wrapped: the signature moved out, the signed document beside',
      `<Pay xmlns="urn:psp"><Amount>0.01</Amount>${payload}${inner}</Pay>`,
    ],
    [
      'wrapped: the signed document inside the signature',
      evil.replace(
        '</Pay>',
        `${inner.replace('</Signature>', `<Object>${payload}</Object></Signature>`)}</Pay>`,
      ),
    ],
    [
      'wrapped: a value in KeyInfo',
      changed(
        '</Signature>',
        '<KeyInfo><KeyName>k</KeyName><Amount>0.01</Amount></KeyInfo></Signature>',
      ),
    ],
    [
      'wrapped: an Object',
      changed('</Signature>', '<Object><Amount>0.01</Amount></Object></Signature>'),
    ],
    [
      'wrapped: attributes of the signature',
      changed(`<Signature xmlns`, '<Signature Amount="0.01" xmlns'),
    ],
    ['wrapped: text in the signature', changed('<SignedInfo>', '0.01<SignedInfo>')],
    [
      'the signature deeper',
      good.replace(inner, '').replace('</Pay>', `<Sub>${inner}</Sub></Pay>`),
    ],
    [
      'a namespace that is none of XML Signature',
      good.replace(DSIG, 'http://www.w3.org/2000/09/xmldsig'),
    ],
    ['RSA-SHA1', changed('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', `${DSIG}rsa-sha1`)],
    [
      'HMAC under the public key',
      changed('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', `${DSIG}hmac-sha1`),
    ],
    ['SHA-1', changed('http://www.w3.org/2001/04/xmlenc#sha256', `${DSIG}sha1`)],
    [
      'another transform',
      changed(`${DSIG}enveloped-signature`, 'http://www.w3.org/TR/1999/REC-xslt-19991116'),
    ],
    ['no transform', good.replace(/<Transforms>[\s\S]*<\/Transforms>/, '')],
    [
      'another canonicalization',
      good.replace(
        '<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
        '<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#WithComments"',
      ),
    ],
    [
      'inclusive prefixes',
      good.replace(
        /<Transform Algorithm="http:\/\/www.w3.org\/2001\/10\/xml-exc-c14n#"\s*\/>/,
        '<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"><InclusiveNamespaces xmlns="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="u"/></Transform>',
      ),
    ],
    ['another value', good.replace(/<SignatureValue>..../, '<SignatureValue>AAAA')],
    ['no value', good.replace(/<SignatureValue>[^<]*/, '<SignatureValue>')],
    [
      "another key's signature, with that key in KeyInfo",
      byOther.replace('</Signature>', `${certificate}</Signature>`),
    ],
  ]
  test('the document they are made of is good, and so is its key in KeyInfo, which is not asked', () => {
    expect(isSignedXml(good, publicKey)).toBe(true)
    expect(isSignedXml(changed('</Signature>', `${certificate}</Signature>`), publicKey)).toBe(true)
  })
  test('are as many as the README says', () => {
    const readme = readFileSync(join(import.meta.dir, 'README.md'), 'utf8')
    expect(readme).toContain(`${lies.length} messages that nobody signed`)
  })
  test.each(lies)('%s', (_, document) => {
    expect(document).not.toBe(good)
    expect(isSignedXml(document, publicKey)).toBe(false)
  })
  test('a reference by id holds for the root alone, and for an id that is there once', () => {
    const byId = (xml: string, xpath: string) => {
      const signer = new SignedXml({
        privateKey,
        canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
        signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      })
      signer.addReference({
        xpath,
        transforms: [`${DSIG}enveloped-signature`, 'http://www.w3.org/2001/10/xml-exc-c14n#'],
        digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
      })
      signer.computeSignature(xml)
      return signer.getSignedXml()
    }
    const root = byId('<R Id="a"><v Id="b">1</v></R>', '/*')
    expect(root).toContain('URI="#a"')
    expect(isSignedXml(root, publicKey)).toBe(true)
    const part = byId('<R Id="a"><v Id="b">1</v></R>', '/*/*')
    expect(part).toContain('URI="#b"')
    expect(isSignedXml(part, publicKey)).toBe(false)
    expect(isSignedXml(part.replace('Id="a"', 'Id="b"'), publicKey)).toBe(false)
    expect(isSignedXml(part.replace('<R Id="a">', '<R ID="b">'), publicKey)).toBe(false)
    expect(isSignedXml(byId('<R><v Id="undefined">1</v></R>', '/*/*'), publicKey)).toBe(false)
  })
  test('no change of one sign is believed, but where no reader looks', () => {
    const range = (text: string) => {
      const from = good.indexOf(text)
      return Array.from(text, (_, at) => from + at)
    }
    const unread = new Set([
      ...range(good.slice(0, good.indexOf('<Pay'))),
      ...range(' xmlns:u="urn:unused"'),
      // The last digit of base64 has bits that stand for nothing, and its padding is not asked for.
      ...[...good.matchAll(/.=+(?=<)/g)].flatMap(({ 0: end }) => range(end)),
    ])
    const step = process.env['PANGATE_TEST_LONG'] === '1' ? 1 : 7
    console.log(`XML signatures: every ${step}. of ${good.length} signs is changed`)
    for (let at = 0; at < good.length; at += step) {
      const sign = good[at] === 'x' ? 'y' : 'x'
      const believed = isSignedXml(good.slice(0, at) + sign + good.slice(at + 1), publicKey)
      if (believed) expect([at, good[at], unread.has(at)]).toEqual([at, good[at], true])
    }
  }, 60_000)
})

describe.skipIf(!Bun.which('xmlsec1'))('beside xmlsec1', () => {
  const dir = mkdtempSync(join(tmpdir(), 'pangate-xmlsec-'))
  afterAll(() => rmSync(dir, { recursive: true }))
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const run = (...args: string[]) => Bun.spawnSync(['xmlsec1', ...args], { cwd: dir })
  const documents = [
    PLAIN,
    '<a/>',
    '<a b="1"   c=\'"2"\' ><d>  x\n\ty </d><d></d></a>',
    '<p:a xmlns:p="urn:1" xmlns="urn:2" p:z="1" y="2"><b xmlns=""><p:c xmlns:p="urn:3"/></b></p:a>',
    '<a>&lt;&gt;&amp;&quot;&apos;&#x20AC;é😀</a>',
  ]
  test.each(documents)('%s signed here holds there, and the other way round', (xml) => {
    const publicFile = file('public.pem', pem(publicKey))
    const privateFile = file('private.pem', pem(privateKey))
    for (const transforms of ['exclusive', 'inclusive'] as const) {
      const ours = signed(xml, { transforms, keyName: undefined })
      const checked = run('--verify', '--pubkey-pem', publicFile, file('ours.xml', ours))
      expect(checked.stderr.toString()).toContain('OK')
      expect(checked.exitCode).toBe(0)
      const template = ours
        .replace(/<DigestValue>[^<]*/, '<DigestValue>')
        .replace(/<SignatureValue>[^<]*/, '<SignatureValue>')
      const theirs = run('--sign', '--privkey-pem', privateFile, file('theirs.xml', template))
      expect(theirs.exitCode).toBe(0)
      expect(isSignedXml(theirs.stdout.toString(), publicKey)).toBe(true)
    }
  })
})
if (!Bun.which('xmlsec1')) console.log('XML signatures: not compared with xmlsec1, which is absent')
