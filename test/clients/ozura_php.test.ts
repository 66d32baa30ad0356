/** @module A PHP program that was written for Ozura's vault, unchanged, against the executable. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Came } from '../dialects/support/compare.ts'
import { sendExactly } from '../dialects/support/http.ts'
import { openWorld, type World } from '../dialects/support/world.ts'

const PROGRAM = join(import.meta.dir, 'ozura.php')

/** Why the program cannot be run here; null where it can. */
const missing = whyNot()
if (missing)
  console.warn(`ozura_php.test.ts is not run: ${missing} (apt-get install php-cli php-curl)`)

let world: World
beforeAll(async () => {
  if (!missing) world = await openWorld()
}, 60_000)
afterAll(() => world?.stop())

interface Printed {
  readonly status: number
  readonly answer: { readonly success: boolean; readonly proxy_response: Response }
}
interface Response {
  readonly status_code: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Runs the program with a new session of a stored card; what it printed, and what reached the PSP. */
async function run(
  way: string,
  path: string,
): Promise<{ readonly printed: Printed; readonly arrived: readonly Came[] }> {
  const key = await known('key')
  const made = await sendExactly(
    world.url,
    'POST /tokenize',
    [
      ['x-api-key', key],
      ['x-pub-key', 'pk_prod_any'],
      ['content-type', 'application/json'],
    ],
    '{"type":"card","data":{"cardNumber":"4242424242424242","expirationMonth":"12","expirationYear":"2034","cvv":"123"}}',
  )
  // The answer of POST /tokenize, which has cases of its own.
  const { token, cvc_session_id } = JSON.parse(made.body) as Record<string, string>
  world.arrivals()
  const child = Bun.spawn(['php', PROGRAM, way], {
    env: {
      PATH: process.env['PATH'],
      VAULT_URL: world.url,
      VAULT_KEY: key,
      VAULT_TOKEN: token,
      VAULT_SESSION: cvc_session_id,
      PSP_URL: (await known('psp')) + path,
    },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, error] = await Promise.all([child.stdout.text(), child.stderr.text()])
  expect(await child.exited, error).toBe(0)
  // The program prints this shape, and JSON.parse would fail on anything but JSON.
  return { printed: JSON.parse(out) as Printed, arrived: world.arrivals() }
}

async function known(name: string): Promise<string> {
  const value = await world.lookup(name, null)
  if (value === null) throw new Error(`there is no ${name}`)
  return value
}

function whyNot(): string | null {
  try {
    const { exitCode, stdout } = Bun.spawnSync(['php', '-m'])
    if (exitCode !== 0) return 'php does not start'
    return /^curl$/m.test(stdout.toString()) ? null : 'php has no curl extension'
  } catch {
    return 'there is no php'
  }
}

describe.skipIf(missing !== null)('a form built by http_build_query', () => {
  test.each(['headers', 'fields', 'query'])('with its control values as %s', async (way) => {
    const { printed, arrived } = await run(way, '/v1/charges')
    expect(printed.status).toBe(200)
    expect(printed.answer).toMatchObject({
      success: true,
      proxy_response: {
        status_code: 200,
        body: {
          object: 'charge',
          amount: 2000,
          status: 'succeeded',
          description: 'Müller & Söhne, 100%',
        },
      },
    })
    expect(arrived).toHaveLength(1)
    const { start, headers = {}, body = '' } = arrived[0] ?? {}
    expect(start).toBe('POST /v1/charges')
    expect(headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      authorization: 'Bearer sk_test_php',
    })
    for (const name of ['x-api-key', 'x-token', 'x-proxy-url', 'x-cvc-session-id']) {
      expect(headers[name], name).toBeUndefined()
    }
    // Byte for byte what PHP wrote, but for the four values.
    expect(body).toBe(
      'amount=2000&currency=usd&description=M%C3%BCller+%26+S%C3%B6hne%2C+100%25&source%5Bobject%5D=card' +
        '&source%5Bnumber%5D=4242424242424242&source%5Bexp_month%5D=12&source%5Bexp_year%5D=2034&source%5Bcvc%5D=123',
    )
  })

  test('XML', async () => {
    const { printed, arrived } = await run('xml', '/echo')
    expect(printed.answer.proxy_response.status_code).toBe(200)
    expect(arrived.map(({ body }) => body)).toEqual([
      '<sale><name>Müller &amp; Söhne</name><pan>4242424242424242</pan><cvv>123</cvv></sale>',
    ])
  })
})
