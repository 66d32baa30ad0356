/**
 * @module A PSP that sends the card back, in whatever writing and packing: the merchant gets the token in its place.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { canaryCard, canaryCvc, type CanaryBrand } from '../support/canary.ts'
import type { Reply } from '../support/installed.ts'
import { openShop, type Shop } from '../support/shop.ts'
import { respond } from '../support/wire.ts'
import { spellings } from '../support/written.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

const forward = (token: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> =>
  shop.forward('/pay', { headers, body: { n: '{{ card.number }}' } }, { token })

/**
 * Writings that are not looked for: nobody writes a card so by carelessness. Hashes; backwards; packed digits; and in base64 or
 * hexadecimal with other separators than a space or a dash.
 */
const UNUSUAL =
  /reversed|^(?:md5|sha)|binary coded|(?:UTF-16.*|in .*)"%20"|"%20" in|UTF-16.*"%20"|UTF-16.. grouped.*base64|grouped by "[^ -]" in base64/

test.each<CanaryBrand>(['visa', 'amex', 'diners', 'unionpay'])(
  'T08 a card of %s sent back in every usual writing',
  async (brand) => {
    const number = canaryCard(brand)
    const token = await shop.token(number)
    const all = spellings({ kind: 'number', value: number, from: 'echo' })
    const usual = all.filter(({ form }) => !UNUSUAL.test(form))
    expect(usual.length).toBeGreaterThan(50)
    for (const { form, bytes } of usual) {
      const body = Buffer.concat([Buffer.from('a="'), bytes, Buffer.from('" kept')])
      shop.wire.reply = ({ socket }) =>
        respond(socket, body, { headers: ['Content-Type: text/plain'] })
      const answer = await forward(token)
      const text = answer.textAt('response', 'body')
      expect(text, form).toContain(token)
      expect(text, form).toEndWith('" kept')
      expect(Buffer.from(text, 'latin1').includes(bytes), form).toBe(false)
      // What is kept for a repeated call is clean too, and headers are.
      if (/[\0\r\n\x80-\xff]/.test(bytes.toString('latin1'))) continue
      shop.wire.reply = ({ socket }) =>
        respond(socket, '{}', {
          headers: [
            `X-Echo: a ${bytes.toString('latin1')} b`,
            `Location: /r/${bytes.toString('latin1')}`,
          ],
        })
      const headers = Object(await forward(token).then((one) => one.at('response', 'headers')))
      expect(JSON.stringify(headers), form).not.toContain(bytes.toString('latin1'))
    }
  },
  20_000,
)

/** How an answer is packed. */
const PACKED: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
  'gzip, br': (body) => brotliCompressSync(gzipSync(body)),
}

test('T08 packed, in chunks of every size, and in one byte a packet', async () => {
  const number = canaryCard()
  const token = await shop.token(number)
  const grouped = number.replace(/(.{4})/g, '$1 ').trim()
  const body = Buffer.from(
    `{"number":"${number}","display":"${grouped}","as_number":${number},"html":"<b>${grouped}</b>"}`,
  )
  const expected = { number: token, display: token, as_number: token, html: `<b>${token}</b>` }
  for (const [encoding, pack] of Object.entries(PACKED)) {
    shop.wire.reply = ({ socket }) =>
      respond(socket, pack(body), { headers: [`Content-Encoding: ${encoding}`] })
    const answer = await forward(token)
    expect(answer.at('response', 'body'), encoding).toEqual(expected)
    expect(answer.at('response', 'headers', 'content-encoding')).toBeUndefined()
  }
  for (let size = 1; size <= 24; size++) {
    shop.wire.reply = ({ socket }) => {
      socket.setNoDelay(true)
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      )
      for (let at = 0; at < body.length; at += size) {
        const part = body.subarray(at, at + size)
        socket.write(
          Buffer.concat([
            Buffer.from(`${part.length.toString(16)}\r\n`),
            part,
            Buffer.from('\r\n'),
          ]),
        )
      }
      socket.write('0\r\n\r\n')
    }
    expect((await forward(token)).at('response', 'body'), String(size)).toEqual(expected)
  }
})

test('T08 a security code sent back in fields that are named so, or that the request named', async () => {
  const cvc = canaryCvc()
  const token = await shop.token()
  const bodies = [
    `{"cvc":"${cvc}"}`,
    `{"card":{"cvv2":${cvc}}}`,
    `{"a":"{\\"security_code\\":\\"${cvc}\\"}"}`,
    `<cvv>${cvc}</cvv>`,
    `a=1&card[cvc]=${cvc}&b=2`,
    `card%5Bcvc%5D=${cvc}`,
    `{"geheim":"${cvc}"}`,
    `cvn: ${cvc}`,
  ]
  for (const body of bodies) {
    const session = await shop.call('POST', '/v1/cvc-sessions', { cvc, token })
    shop.wire.reply = ({ socket }) =>
      respond(socket, body, { headers: ['Content-Type: text/plain', `X-A: cvc=${cvc}`] })
    const answer = await shop.forward(
      '/pay',
      { body: { n: '{{ card.number }}', geheim: '{{ card.cvc }}' } },
      { token, cvc_session: session.textAt('id') },
    )
    expect(answer.at('sent'), answer.text).toBe('yes')
    const told = JSON.stringify(answer.at('response', 'body'))
    expect(told, body).toContain('[cvc]')
    expect(told, body).not.toContain(cvc)
    expect(answer.textAt('response', 'headers', 'x-a')).toBe('cvc=[cvc]')
  }
})

test('T03 a card put where the PSP shows it again comes back as its token, in every dialect and record', async () => {
  const number = canaryCard()
  const token = await shop.token(number)
  // Sends back whatever it was sent: head, path and body.
  shop.wire.reply = ({ socket, line, head, body }) =>
    respond(socket, JSON.stringify({ line, head, body }), {
      headers: [`X-Line: ${line}`, `Location: ${line.split(' ')[1]}`],
    })
  const hole = '{{ card.number }}'
  const sinks = [
    { body: { reference: hole, metadata: { a: hole }, description: `order ${hole}` } },
    {
      body: {
        return_url: `https://evil.test/?n=${hole}`,
        webhook_url: `https://evil.test/${hole}`,
      },
    },
    { headers: { 'X-Reference': hole, 'Content-Type': 'text/plain' }, body: `a ${hole}` },
    { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: `r=${hole}` },
  ]
  for (const [at, request] of sinks.entries()) {
    const key = { 'idempotency-key': `sink-${at}` }
    const answer = await shop.forward(`/pay/${hole}?q=${hole}`, request, { token }, key)
    expect(answer.at('sent'), answer.text).toBe('yes')
    expect(answer.text).toContain(token)
    const again = await shop.forward(`/pay/${hole}?q=${hole}`, request, { token }, key)
    const record = await shop.call('GET', `/v1/forwards/${answer.textAt('id')}`)
    for (const { text } of [answer, again, record])
      expect(text.replace(/[^0-9]/g, '')).not.toContain(number)
  }
  const url = `${shop.wire.url}/pay`
  const others = [
    await shop.call(
      'POST',
      '/proxy/transaction',
      { token, proxy_url: url, request_data: { r: '${cardNumber}' } },
      { 'x-api-key': shop.key, authorization: '' },
    ),
    await shop.call(
      'POST',
      '/proxy',
      { r: `{{ ${token} | json: '$.number' }}` },
      { 'bt-api-key': shop.key, 'bt-proxy-url': url, authorization: '' },
    ),
  ]
  for (const { status, text, headers } of others) {
    expect(status, text).toBe(200)
    expect(text).toContain(token)
    expect(
      (text + JSON.stringify(Object.fromEntries(headers))).replace(/[^0-9]/g, ''),
    ).not.toContain(number)
  }
})
