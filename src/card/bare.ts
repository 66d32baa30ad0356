/**
 * @module Card numbers that somebody means as such: for refusing a payment, where a wrong guess costs more than one that is missed.
 */
import { isCard } from './scan.ts'

/** What may stand between groups, as it is and as forms and JSON write it. */
const DIVIDER = String.raw`(?:[ +\u00a0-]|%2[0bBdD]|\\u002[0dD])`
const grouped = (...sizes: readonly string[]): string =>
  sizes.map((size) => `\\d{${size}}`).join(DIVIDER)

/** As cards print their numbers. No thirteen digits: Visa gives out none any more, and phone numbers have so many (ITU-T E.164). */
const FORMS = [
  grouped('14,19'),
  grouped('4', '6', '4,5'),
  grouped('4', '4', '4', '4'),
  grouped('4', '4', '4', '4', '1,3'),
].map((form) => new RegExp(form, 'y'))

/** What any of the forms begins with: most texts have no such digits, and nothing else is looked at. */
const BEGINNING = new RegExp(String.raw`\d{14}|\d{4}${DIVIDER}\d{4}`)

/** What ends in a letter or a digit and is part of no word: escapes of forms and of JSON. */
const ESCAPE = /(?:%[0-9a-f]{2}|\\u[0-9a-f]{4}|\\[bfnrt])$/i
const WORD_BEFORE = /(?:[\p{L}\d_]|\d\.)$/u
const WORD_AFTER = /^(?:[\p{L}\d_]|\.\d)/u
/** RFC 9562: three of its groups may look like a number. */
const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi

/**
 * Whether a card number stands in the text as a word of its own: 14 to 19 digits, together or grouped as cards print them, of
 * a known brand, a length of that brand, and a right check digit. Linear in the length of the text.
 */
export function hasBareCardNumber(text: string): boolean {
  if (!BEGINNING.test(text)) return false
  const plain = text.replace(UUID, '\n')
  for (const { index } of plain.matchAll(/\d{4,}/g)) {
    if (startsAmong(plain, index).some((at) => isAt(plain, at))) return true
  }
  return false
}

/** Where a number may begin among digits that stand together: the first of them, or after the last of an escape. */
function startsAmong(text: string, first: number): readonly number[] {
  const isEscape = /[%ua-f]/i.test(text.charAt(first - 1))
  return isEscape ? [first, first + 1, first + 2, first + 4] : [first]
}

/** The check digit is looked at first: it is wrong nine times of ten. */
function isAt(text: string, at: number): boolean {
  return FORMS.some((form) => {
    form.lastIndex = at
    const found = form.exec(text)?.[0]
    return (
      found !== undefined &&
      isCard(found.replace(/%2.|\\u002.|\D/g, '')) &&
      isWord(text, at, at + found.length)
    )
  })
}

function isWord(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 6), start)
  if (!ESCAPE.test(before) && WORD_BEFORE.test(before)) return false
  return !WORD_AFTER.test(text.slice(end, end + 2))
}
