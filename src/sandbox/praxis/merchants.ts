/**
 * @module The sandbox's merchants at Praxis: published, so that nobody takes them for secrets.
 */

export interface Merchant {
  readonly merchant_id: string
  readonly application_key: string
  readonly secret: string
}

/** The first is that of Praxis's own examples; the second has a secret as long as may be. */
export const MERCHANTS: readonly [Merchant, ...Merchant[]] = [
  {
    merchant_id: 'Test-Integration-Merchant',
    application_key: 'Sandbox',
    secret: 'MerchantSecretKey',
  },
  {
    merchant_id: 'Test-Long-Secret',
    application_key: 'Sandbox',
    secret: 'abcdefghijklmnopqrstuvwxyz012345',
  },
]
