/**
 * @module Nothing that the sandbox keeps or shows holds a card number or a security code.
 */
import { expect, test } from 'bun:test'
import { cardNumbers, mask, maskJson } from '../../src/sandbox/mask.ts'

/** Luhn-valid and not published, in Visa's range. */
const OTHER = '4539578763621486'

test.each([
  ['4242424242424242', '424242******4242'],
  ['4242 4242 4242 4242', '424242******4242'],
  ['4242-4242-4242-4242', '424242******4242'],
  ['n=4242+4242+4242+4242&x=1', 'n=424242******4242&x=1'],
  ['n=4242%204242%204242%204242', 'n=424242******4242'],
  [`${OTHER} 12/30 123`, '453957******1486 12/30 123'],
  ['4539 5787 6362 1486 12 2030 123', '453957******1486 12 2030 123'],
  ['id 7 4539 5787 6362 1486', 'id 7 453957******1486'],
  ['00004242424242424242', '0000424242******4242'],
  ['4242424242424241', '424242******4241'],
  ['\\u0034242424242424242', '424242******4242'],
  ['%34242424242424242', '424242******4242'],
  ['&#52;242424242424242', '424242******4242'],
  ['6205500000000000004', '620550******0004'],
  [
    'amount=2000&at=20260615120000&n=1234567890123456',
    'amount=2000&at=20260615120000&n=1234567890123456',
  ],
])('%s', (text, masked) => {
  expect(mask(text)).toBe(masked)
})

test.each([
  ['{"cvc" : "123","cvv":123,"n":1}', '{"cvc" : "***","cvv":"***","n":1}'],
  ['a=1&cvc=123&card[cvc]=123&card%5Bcvv2%5D=9', 'a=1&cvc=***&card[cvc]=***&card%5Bcvv2%5D=***'],
  [
    '<c:CVV t="1">123</c:CVV><CardCode>12</CardCode>',
    '<c:CVV t="1">***</c:CVV><CardCode>***</CardCode>',
  ],
  ['<card security_code="123"/>', '<card security_code="***"/>'],
  ['DS_MERCHANT_CVV2=123', 'DS_MERCHANT_CVV2=***'],
  ['name="cvc"\r\n\r\n123\r\n--x', 'name="cvc"\r\n\r\n***\r\n--x'],
])('%s', (text, masked) => {
  expect(mask(text)).toBe(masked)
})

test('JSON values, by name and by content', () => {
  expect(
    maskJson({ number: 4242424242424242, cvc: 123, amount: 2000, list: [OTHER], [OTHER]: true }),
  ).toEqual({
    number: '424242******4242',
    cvc: '***',
    amount: 2000,
    list: ['453957******1486'],
    '453957******1486': true,
  })
})

test('numbers are found as they are masked', () => {
  expect(cardNumbers(`a ${OTHER} b 4242 4242 4242 4242`)).toEqual([OTHER, '4242424242424242'])
})
