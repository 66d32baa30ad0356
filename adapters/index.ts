/**
 * @module The built-in adapters; nothing else.
 */
export { default as praxis } from './praxis.ts'
export { default as stripe } from './stripe.ts'
