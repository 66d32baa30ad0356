/**
 * @module What `pangate dev` prints: requests to paste into a shell, each whole in itself.
 */
import { TEST_CARD } from './dev_seed.ts'

/** What `--json` prints, in one line. */
export interface Ready {
  readonly url: string
  readonly api_key: string
  readonly tenant: string
  readonly token: string
  readonly account: string
  /** By the name of their adapter; `account` is that of Stripe. */
  readonly accounts: { readonly stripe: string; readonly praxis: string }
  readonly oauth_client: { readonly id: string; readonly secret: string }
  readonly sandbox: { readonly url: string; readonly ca_file: string }
}

/** The page for the terminal. `data` is the folder as it was named, `mark` makes a heading stand out. */
export function readyText(ready: Ready, data: string, mark: (text: string) => string): string {
  const { url, sandbox } = ready
  return [
    `${mark('Pangate is ready')} at ${url} (reference: ${url}/docs).`,
    `The PSPs are a sandbox, ${sandbox.url}: no money moves, and nothing leaves this machine.`,
    'Paste any of these into a shell:',
    ...commands(ready).flatMap(({ title, command }) => ['', mark(`# ${title}`), command]),
    '',
    `Keys and ids, the OAuth client too, are kept in ${data}/dev.json. Other commands (doctor, key,`,
    `destination, account) take this data by --config ${quoted(`${data}/pangate.toml`)}`,
    'Stop it with Ctrl-C.',
  ].join('\n')
}

/** The requests, in the order in which they make sense; none needs another one. */
function commands({ url, api_key, token, accounts, sandbox }: Ready): readonly {
  readonly title: string
  readonly command: string
}[] {
  const bearer = `-H 'Authorization: Bearer ${api_key}'`
  const json = `-H 'Content-Type: application/json'`
  const post = (path: string, ...body: readonly string[]): string =>
    [
      `curl -sSw '\\n' ${url}${path} \\`,
      `  ${bearer} \\`,
      `  ${json} -d '{`,
      `    ${body.join('\n    ')}}'`,
    ].join('\n')
  const get = (path: string): string => `curl -sSw '\\n' '${url}${path}' \\\n  ${bearer}`
  const session = [
    `cvc=$(curl -sS ${url}/v1/cvc-sessions \\`,
    `  ${bearer} \\`,
    `  ${json} -d '{"cvc": "123"}' |`,
    `  sed 's/.*"id":"\\([^"]*\\)".*/\\1/')`,
  ].join('\n')
  return [
    {
      title: 'Store a card',
      command: post(
        '/v1/tokens',
        '"type": "card", "cvc": "123",',
        `"card": {"number": "${TEST_CARD}", "exp_month": 12, "exp_year": ${new Date().getFullYear() + 3}}`,
      ),
    },
    {
      title: 'Charge the stored card at one PSP, Stripe',
      command: post(
        '/v1/forward',
        `"account": "${accounts.stripe}", "operation": "purchase",`,
        `"token": "${token}",`,
        '"amount": {"minor": 1999, "currency": "EUR"}, "reference": "order-1"',
      ),
    },
    {
      title: 'Charge the same card at another PSP, Praxis, and have it notify us',
      command: [
        session,
        post(
          '/v1/forward',
          `"account": "${accounts.praxis}", "operation": "purchase",`,
          `"token": "${token}", "cvc_session": "'"$cvc"'",`,
          `"amount": {"minor": 1999, "currency": "EUR"}, "reference": "order-'"$(date +%s)"'",`,
          '"customer": {"id": "42", "first_name": "Ann", "last_name": "Lee", "email": "ann@shop.test",',
          '  "phone": "+49 40 7654321", "dob": "1980-05-31"}, "device": {"ip": "203.0.113.7"},',
          '"billing_address": {"line1": "Am Wall 1", "city": "Bremen", "postal_code": "28195",',
          '  "country": "DE"},',
          '"return_url": "https://shop.test/done",',
          `"notification_url": "${url.replace('127.0.0.1', 'localhost')}/v1/notifications/${accounts.praxis}"`,
        ),
      ].join('\n'),
    },
    {
      title: 'Send a request of your own, with placeholders for the card',
      command: post(
        '/v1/forward',
        `"token": "${token}", "request": {`,
        `"url": "${sandbox.url}/v1/charges", "method": "POST",`,
        '"headers": {"Authorization": "Bearer sk_test_pangate"},',
        '"body": {"amount": 2000, "currency": "usd", "source": {"number": "{{ card.number }}",',
        '  "exp_month": "{{ card.exp_month }}", "exp_year": "{{ card.exp_year }}"}}}',
      ),
    },
    {
      title: "The same in Ozura's API, with a security code that is forgotten once it is used",
      command: [
        session,
        `curl -sSw '\\n' ${url}/proxy/transaction \\`,
        `  -H 'X-API-Key: ${api_key}' \\`,
        `  ${json} -d '{`,
        `    "token": "${token}",`,
        `    "cvc_session_id": "'"$cvc"'",`,
        `    "proxy_url": "${sandbox.url}/v1/charges",`,
        '    "request_data": {"amount": 2000, "currency": "usd", "source": {',
        '      "number": "${cardNumber}", "exp_month": "${expirationMonth}",',
        '      "exp_year": "${expirationYear}", "cvc": "${cvv}"}},',
        `    "http_headers": {"Authorization": "Bearer sk_test_xxx"}}'`,
      ].join('\n'),
    },
    {
      title: 'See what was recorded of the last one',
      command: get('/v1/forwards?limit=1'),
    },
    {
      title: 'See what Praxis notified',
      command: get('/v1/notifications?limit=1'),
    },
  ]
}

/** A word for a shell. */
function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
