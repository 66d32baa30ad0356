/**
 * @module The sandbox's routes in one table.
 */
import { drop, large, redirect, slow, status } from './faults.ts'
import { echo, echoRaw } from './echo.ts'
import { encoded } from './encoded.ts'
import { json, plain } from './exchange.ts'
import type { Handler, Received, Reply } from './exchange.ts'
import { find } from './router.ts'
import { createPraxis } from './praxis/api.ts'
import { createNotifier, type Notifier } from './praxis/notifier.ts'
import type { RequestRecord } from './seen.ts'
import { createStripe } from './stripe/api.ts'
import { createState } from './stripe/state.ts'
import { answerChallenge, showChallenge } from './three_d_secure.ts'

const HOME = `Pangate's PSP sandbox: it behaves like the card endpoints of Stripe and Praxis, for trying things without an account there.
No money moves, nothing leaves this machine, and everything is forgotten when it stops. Do not send real cards.

  POST /v1/payment_intents, /v1/charges, /v1/refunds, /v1/setup_intents, /v1/payment_methods, /v1/tokens
       Stripe: with any key sk_test_..., and the cards of https://docs.stripe.com/testing
  POST /api/process, /api/deposit-capture, /api/deposit-cancel
       Praxis 1.2: merchant Test-Integration-Merchant, application Sandbox, secret MerchantSecretKey; the same cards, and the
       security codes of https://docs.praxis.tech/docs/testing
  POST /api/direct-process, /direct/refund, /agent/manage-transaction
       Praxis 1.3
  any  /echo            what arrived, card numbers masked
  any  /echo/raw        a careless PSP: sends the body back as it is (?encoding=gzip|br|deflate|zstd, ?status=)
  any  /slow?ms=1000    waits, then answers
  any  /status/:code    that status
  any  /drop            breaks the connection; ?after=headers: in the middle of an answer
  any  /redirect?status=302&to=/echo
  any  /large?bytes=    a large answer
  any  /encoded?type=   gzip, br, deflate or zstd
  GET  /requests        what was received, and the notifications that were sent, masked; DELETE forgets it
`

/** Makes what answers a request. @param clock milliseconds since 1970 */
export function createApp(
  clock: () => number,
  url: () => string,
  record: RequestRecord,
  notifier: Notifier = createNotifier(clock),
): (request: Received) => Reply {
  const state = createState(clock, url)
  const stripe = createStripe(state)
  const routes: readonly { method: string; path: string; handle: Handler }[] = [
    { method: 'GET', path: '/', handle: () => plain(200, HOME) },
    { method: 'GET', path: '/3ds/:id', handle: showChallenge(state) },
    { method: 'POST', path: '/3ds/:id', handle: answerChallenge(state) },
    ...createPraxis(clock, url, notifier),
    { method: '*', path: '/echo', handle: echo },
    { method: '*', path: '/echo/raw', handle: echoRaw },
    { method: '*', path: '/slow', handle: slow },
    { method: '*', path: '/status/:code', handle: status },
    { method: '*', path: '/drop', handle: drop },
    { method: '*', path: '/redirect', handle: redirect },
    { method: '*', path: '/large', handle: large },
    { method: '*', path: '/encoded', handle: encoded },
    {
      method: 'GET',
      path: '/requests',
      handle: () =>
        json(200, {
          total: record.total(),
          data: record.list(),
          notifications: notifier.list(),
        }),
    },
    {
      method: 'DELETE',
      path: '/requests',
      handle: () => {
        record.clear()
        notifier.clear()
        return { status: 204 }
      },
    },
  ]
  return (request) => {
    if (request.path.startsWith('/v1/')) return stripe(request)
    const found = find(routes, request.method, request.path)
    if (!found) return plain(404, 'No such path; see / for what there is.\n')
    if ('route' in found) return found.route.handle(request, ...found.segments)
    const allowed = plain(405, `Methods here: ${found.allow.join(', ')}.\n`)
    return { ...allowed, headers: { ...allowed.headers, allow: found.allow.join(', ') } }
  }
}
