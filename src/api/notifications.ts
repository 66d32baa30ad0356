/**
 * @module `/v1/notifications`: PSPs' webhooks, taken by account and answered in the PSP's form; and the record of them.
 */
import { Type } from '@sinclair/typebox'
import { rfc3339 } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import { openMessage, receive, type KeptMessage } from '../forward/notification.ts'
import { json as parsed } from '../forward/parse.ts'
import type { Gateway } from '../gateway.ts'
import { json } from '../respond.ts'
import type { Context, Route } from '../route.ts'
import { accountById } from '../store/accounts.ts'
import {
  findNotification,
  listNotifications,
  type NotificationRow,
} from '../store/notifications.ts'
import { pageOf, pagingOf } from './paging.ts'
import { nullable, page } from './schema_parts.ts'
import { PageQuery } from './schemas.ts'

/** PSPs' messages are small, and anybody can send one here. */
const MOST_BYTES = 65_536

const Text = Type.String()
const listed = {
  id: Text,
  account: Text,
  verified: Type.Boolean({ description: 'whether it is the PSP that signed it' }),
  reference: nullable(Text),
  merchant_reference: nullable(Text),
  outcome: nullable(Type.Record(Type.String(), Type.Unknown())),
  received_at: Type.String({ description: 'a time in RFC 3339' }),
}
const Notification = Type.Object({
  ...listed,
  body: Type.Unknown({ description: 'JSON where the PSP sent JSON, else a string' }),
})
const NotificationPage = page(Type.Object(listed))

/** The routes of notifications. */
export function notificationRoutes(gateway: Gateway): readonly Route[] {
  const { store, keyring, config, limits } = gateway
  const tag = 'Notifications'
  const scope = 'forwards:read'
  return [
    {
      method: 'POST',
      path: '/v1/notifications/:account',
      tag,
      open: true,
      summary: "Take a PSP's webhook: its signature is the credential, the answer is the PSP's",
      answer: { status: 200 },
      async handle({ request, params, url, address, bytes }: Context) {
        const account = await accountById(store, params['account'] ?? '')
        // Who sends what is not the PSP's is slowed down, and fills no table; the PSP itself never is.
        const unproven = async (): Promise<void> => {
          const refused = await limits.quotas.failed(address, account?.id)
          if (refused) throw refused
        }
        if (!account) {
          await unproven()
          throw new GatewayError('not_found', 'There is no such account.')
        }
        if (bytes.length > MOST_BYTES) {
          throw new GatewayError('body_too_large', `The body is over ${MOST_BYTES} bytes.`, {
            hint: 'No PSP sends that much.',
          })
        }
        const message = {
          url: config.server.public_url + url.pathname + url.search,
          headers: Object.fromEntries(request.headers),
          query: Object.fromEntries(url.searchParams),
          bytes,
        }
        const { status, headers, body } = await receive(gateway, account, message, unproven)
        return new Response(body, { status, headers: { ...headers, 'cache-control': 'no-store' } })
      },
    },
    {
      method: 'GET',
      path: '/v1/notifications',
      tag,
      scope,
      summary: 'List notifications, newest first',
      query: PageQuery,
      answer: { status: 200, schema: NotificationPage },
      async handle({ url }, caller) {
        const paging = pagingOf(url)
        const rows = await listNotifications(store, caller, paging.limit + 1, paging.cursor)
        const kept = new Map<string, KeptMessage>()
        for (const row of rows) kept.set(row.id, await openMessage(keyring, row))
        return json(
          200,
          pageOf(rows, paging, (row) => view(row, kept.get(row.id))),
        )
      },
    },
    {
      method: 'GET',
      path: '/v1/notifications/:id',
      tag,
      scope,
      summary: 'Read one notification with its body',
      answer: { status: 200, schema: Notification },
      async handle({ params }, caller) {
        const row = await findNotification(store, caller, params['id'] ?? '')
        if (!row) throw new GatewayError('not_found', 'There is no such notification.')
        const kept = await openMessage(keyring, row)
        return json(200, { ...view(row, kept), body: parsed(kept.body) ?? kept.body })
      },
    },
  ]
}

function view(row: NotificationRow, kept: KeptMessage | undefined) {
  const notice = kept?.notice ?? null
  return {
    id: row.id,
    account: row.account_id,
    verified: row.verified,
    reference: notice?.reference ?? null,
    merchant_reference: notice?.merchant_reference ?? null,
    outcome: notice?.outcome ?? null,
    received_at: rfc3339(row.created_at),
  }
}
