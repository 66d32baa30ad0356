/**
 * @module The sandbox's own certificate authority and the certificate of its server, kept in files so that clients need to learn it once.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { OperatorError } from '../errors.ts'

const DAY = 86_400_000
/** Remade when less than this is left, so that a sandbox started today still works next week. */
const MARGIN = 30 * DAY
/** Names under localhost resolve to the machine itself (RFC 6761, section 6.3). */
const NAMES = ['localhost', 'psp.localhost', 'stripe.localhost', '127.0.0.1', '::1']

interface Pair {
  /** The certificate, PEM. */
  readonly cert: string
  /** Its private key, PKCS #8 PEM. */
  readonly key: string
}

export interface Authority {
  readonly caFile: string
  readonly caPem: string
  /** What the server presents. */
  readonly leaf: Pair
}

/**
 * Opens the authority in `dataDir`, or makes it there; files that are damaged, foreign to each other or about to expire are remade.
 * With `dataDir` null, only the authority's certificate is written, to a fresh temporary folder, and the keys stay in memory.
 * @param names further host names and addresses that the server's certificate must carry
 * @param now milliseconds since 1970; the real clock, because clients check validity by theirs
 * @throws OperatorError where the folder cannot be written
 */
export async function openAuthority(
  dataDir: string | null,
  names: readonly string[] = [],
  now: number = Date.now(),
): Promise<Authority> {
  const wanted = [...new Set([...NAMES, ...names])]
  const folder = resolve(dataDir ?? mkdtempSync(join(tmpdir(), 'pangate-sandbox-')))
  const caFile = join(folder, 'sandbox-ca.pem')
  const caKey = join(folder, 'sandbox-ca.key')
  const leafFile = join(folder, 'sandbox-tls.pem')
  const leafKey = join(folder, 'sandbox-tls.key')
  try {
    mkdirSync(folder, { recursive: true })
    const keptCa = dataDir === null ? null : read(caFile, caKey)
    const ca = keptCa && isAuthority(keptCa, now) ? keptCa : await issue(null, [], now)
    if (ca !== keptCa) write(caFile, caKey, ca, dataDir !== null)
    const keptLeaf = dataDir === null ? null : read(leafFile, leafKey)
    const leaf =
      keptLeaf && isLeaf(keptLeaf, ca, wanted, now) ? keptLeaf : await issue(ca, wanted, now)
    if (leaf !== keptLeaf && dataDir !== null) write(leafFile, leafKey, leaf, true)
    return { caFile, caPem: ca.cert, leaf }
  } catch (error) {
    if (!isFileError(error)) throw error
    throw new OperatorError(
      `The sandbox's certificates cannot be kept in ${folder}: ${error.code}.`,
      'Choose a folder that this user can write, with --data DIR.',
    )
  }
}

/** Whether a kept authority can go on signing. */
function isAuthority(pair: Pair, now: number): boolean {
  const cert = parse(pair, now)
  return cert !== null && cert.ca && cert.verify(cert.publicKey)
}

function isLeaf(pair: Pair, ca: Pair, names: readonly string[], now: number): boolean {
  const cert = parse(pair, now)
  if (!cert || !cert.verify(new X509Certificate(ca.cert).publicKey)) return false
  return names.every((name) => (isIP(name) ? cert.checkIP(name) : cert.checkHost(name)))
}

/** The certificate of a pair whose two halves belong together and which is valid for a while yet. */
function parse(pair: Pair, now: number): X509Certificate | null {
  try {
    const cert = new X509Certificate(pair.cert)
    const valid = Date.parse(cert.validFrom) <= now && Date.parse(cert.validTo) > now + MARGIN
    return valid && cert.checkPrivateKey(createPrivateKey(pair.key)) ? cert : null
  } catch {
    return null
  }
}

/** Makes a key and a certificate for it: of an authority where `ca` is null, else of a server, signed by `ca`. */
async function issue(ca: Pair | null, names: readonly string[], now: number): Promise<Pair> {
  // Loaded only here: a sandbox that finds its files does not need the library. The polyfill is awaited first, because the
  // library looks for it as it loads, and a bundle does not keep the order of plain imports.
  await import('reflect-metadata')
  const { makeCertificate } = await import('./certificate.ts')
  return makeCertificate({
    issuer: ca,
    names,
    notBefore: new Date(now - DAY),
    // 397 days is the most that every client accepts of a server's certificate.
    notAfter: new Date(now + (ca ? 397 : 3650) * DAY),
  })
}

function read(certFile: string, keyFile: string): Pair | null {
  try {
    const pair = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
    chmodSync(keyFile, 0o600)
    return pair
  } catch {
    return null
  }
}

/** Written beside and renamed, so that a reader never meets half a file. */
function write(certFile: string, keyFile: string, pair: Pair, withKey: boolean): void {
  for (const [file, text, mode] of [
    [keyFile, pair.key, 0o600],
    [certFile, pair.cert, 0o644],
  ] as const) {
    if (file === keyFile && !withKey) continue
    const beside = `${file}.${process.pid}`
    writeFileSync(beside, text, { mode })
    renameSync(beside, file)
  }
}

function isFileError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}
