/**
 * @module Cards and bank accounts: checks, brands, and card numbers in free text.
 */
export { hasBareCardNumber } from './card/bare.ts'
export { checkBankAccount, type BankAccount, type BankAccountInput } from './card/bank.ts'
export { brandOf, BRANDS, type Brand } from './card/brands.ts'
export { checkCard, checkCvc, checkExpiry, type Card, type CardInput } from './card/check.ts'
export { luhn } from './card/luhn.ts'
export { maskError } from './card/mask_error.ts'
export { bin, checkNumber, normaliseNumber } from './card/number.ts'
export { looksLikeCardNumber, maskCardNumbers } from './card/scan.ts'
