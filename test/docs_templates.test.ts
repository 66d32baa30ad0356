/** @module The example of docs/templates.md: it loads, sends what the page says it sends, and reads what it says it reads. */
import { expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseSelector } from '../src/templates/selector.ts'
import { loadTemplate } from '../src/templates/load.ts'
import { NOW, sentBy, type Wanted } from './templates/sent.ts'

const page = readFileSync(join(resolve(import.meta.dir, '..'), 'docs/templates.md'), 'utf8')
const block = (language: string, index = 0): string => {
  const found = [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))][index]
  if (!found?.[1]) throw new Error(`the page has no ${language}`)
  return found[1]
}
const adapter = loadTemplate(block('yaml'), 'acme.yaml')

test('the request, with its signature', async () => {
  const wanted: Wanted = {
    operation: 'purchase',
    credentials: { shop: '12', secret: 'acme-secret' },
    intent: { amount: { minor: 1999, currency: 'EUR' }, reference: 'A1001' },
    card: { number: '4242424242424242', exp_month: '03' },
  }
  const { body, headers, origin, target } = await sentBy(adapter, wanted)
  expect(body.toString()).toBe(block('json').trim())
  expect(`${origin}${target}`).toBe('https://sandbox.acme.example/v2/payments')
  const signature = createHmac('sha256', 'acme-secret').update(`${NOW}.${body}`).digest('hex')
  expect(Object.fromEntries(headers)).toMatchObject({
    ...{ 'x-shop': '12', 'x-time': String(NOW), 'x-signature': signature, 'x-request-id': 'key-1' },
  })
})

test('the answer', () => {
  const text = block('json', 1)
  const answer = { status: 200, headers: {}, text, json: JSON.parse(text) }
  const intent = {
    operation: 'purchase',
    idempotency_key: 'k',
    now: NOW,
    mode: 'sandbox',
    options: {},
    extra: {},
  } as const
  expect(adapter.operations.purchase?.parse(answer, intent)).toEqual({
    ...{ kind: 'declined', code: 'insufficient_funds', reference: 'p_1' },
    psp: { code: '51', message: null },
  })
})

test('every selector of the table can be read', () => {
  const table = page.slice(page.indexOf('| Selector |'), page.indexOf('A list of selectors'))
  const selectors = [...table.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)
  expect(selectors.length).toBeGreaterThan(10)
  for (const text of selectors.filter((one) => !one.startsWith('format: '))) {
    const format = text.startsWith('/') ? 'xml' : text.startsWith('form:') ? 'form' : 'json'
    expect(() => parseSelector(text, format)).not.toThrow()
  }
})
