/**
 * @module A sandbox of a test's own, the real Stripe client pointed at it, and plain requests over TLS.
 */
import { Agent, request } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
// The Node build by its file: under Bun the package would give the one made for workers, which takes no agent.
import { Stripe } from '../../node_modules/stripe/esm/stripe.esm.node.js'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import type { Sandbox, SandboxOptions, SeenRequest } from '../../src/sandbox/sandbox.ts'

/** 2026-06-15, so that expiry dates in tests do not age. */
export const NOW = Date.UTC(2026, 5, 15)

export function start(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  return startSandbox({ dataDir: null, clock: () => NOW, ...options })
}

export { Stripe }

/** The real client. It never retries, so a test sees each answer. */
export function client(sandbox: Sandbox, key = 'sk_test_pangate'): Stripe {
  return new Stripe(key, {
    host: 'localhost',
    port: sandbox.port,
    protocol: 'https',
    httpAgent: new Agent({ ca: sandbox.caPem }),
    maxNetworkRetries: 0,
    telemetry: false,
  })
}

/** What the client throws. Fails the test where nothing is thrown. */
export async function refusal(
  promise: Promise<unknown>,
): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error
    throw error
  }
  throw new Error('it was accepted')
}

/** What tests read in JSON answers, of all of the sandbox's paths together. */
export interface Body {
  readonly id: string
  readonly status: string
  readonly description: string
  readonly metadata: Readonly<Record<string, string>>
  readonly error: { readonly type: string; readonly message: string } & Readonly<
    Partial<Record<'code' | 'decline_code' | 'param', string>>
  >
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  readonly body_text: string
  readonly body_bytes_sha256: string
  readonly total: number
  readonly data: readonly SeenRequest[]
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  readonly text: string
  readonly json: Body
}

export interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** False: the machine's own authorities, which do not know the sandbox's. */
  readonly trust?: boolean
}

/** One request on a connection of its own. Rejects as node:https does where the connection breaks. */
export function send(sandbox: Sandbox, path: string, sent: Sent = {}): Promise<Answer> {
  const {
    method = sent.body === undefined ? 'GET' : 'POST',
    headers = {},
    body,
    trust = true,
  } = sent
  // Said outright: node:https leaves it out for DELETE and OPTIONS, and the body is lost.
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${sandbox.url}${path}`,
      {
        method,
        headers: { ...length, ...headers },
        agent: false,
        ...(trust && { ca: sandbox.caPem }),
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('close', () => reject(new Error('the answer broke off')))
        incoming.on('end', () => {
          const bytes = Buffer.concat(chunks)
          const text = bytes.toString('utf8')
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            bytes,
            text,
            json: parse(text),
          })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** A form to Stripe's surface with a test key. */
export function post(
  sandbox: Sandbox,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return send(sandbox, path, {
    method: 'POST',
    headers: {
      authorization: 'Bearer sk_test_pangate',
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
    body,
  })
}

function parse(text: string): Body {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: whatever a test reads from it is undefined, and the test fails.
    return Object.create(null)
  }
}
