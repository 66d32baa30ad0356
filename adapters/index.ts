/**
 * @module The built-in adapters; nothing else.
 */
export { default as stripe } from './stripe.ts'
