/**
 * @module HTTP Basic: name and password in base64, under the word a PSP wants. RFC 7617.
 */
import { fault } from '../fault.ts'
import { credential, optional, text } from '../parameters.ts'
import { defineScheme } from '../scheme.ts'
import { secretText } from '../secrets.ts'

/** Bambora writes `Passcode` for `Basic`; Stripe and others leave the password empty. */
export const basic = defineScheme({
  name: 'basic',
  about: 'Name and password in base64.',
  source: 'RFC 7617',
  parameters: {
    username: credential('The credential before the colon.', 'username'),
    password: optional(
      credential('The credential after the colon; without it, nothing stands there.'),
    ),
    header: text('The header.', 'Authorization'),
    word: text('What stands before the base64.', 'Basic'),
  },
  apply({ username, password, header, word }, { credentials }) {
    const read = (param: string, name: string) =>
      secretText(credentials, name, { scheme: 'basic', param })
    const user = read('username', username)
    if (user.includes(':')) throw fault({ scheme: 'basic', param: 'username' }, 'has a colon in it')
    const pass = password === undefined ? '' : read('password', password)
    return { headers: { [header]: `${word} ${Buffer.from(`${user}:${pass}`).toString('base64')}` } }
  },
})
