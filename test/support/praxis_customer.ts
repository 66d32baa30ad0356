/**
 * @module A customer with all that Praxis asks for, in letters that are not ASCII, and where the shop is told.
 */
export const PRAXIS_CUSTOMER = {
  customer: {
    id: '42',
    first_name: 'Zoë',
    last_name: "O'Hara",
    email: 'zoe@shop.test',
    phone: '+49 40 7654321',
    dob: '1980-05-31',
  },
  billing_address: { line1: 'Am Wall 1', city: 'Bremen', postal_code: '28195', country: 'DE' },
  device: { ip: '203.0.113.7' },
  return_url: 'https://shop.test/done',
  notification_url: 'https://shop.test/hook',
}
