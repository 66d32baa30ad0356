/**
 * @module The check digit of a card number.
 */

/** Whether the digits end with the right check digit (ISO/IEC 7812-1 annex B). False for anything but ASCII digits. */
export function luhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48
    if (digit < 0 || digit > 9) return false
    // Every second digit from the right counts twice, and its two digits are added.
    sum += i % 2 === 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9
  }
  return digits.length > 1 && sum % 10 === 0
}
