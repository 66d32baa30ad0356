/**
 * @module `/v1/forwards`: the record of what was sent, with names in place of values.
 */
import { rfc3339 } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import { openKept, openTranscript, type Kept } from '../forward/kept.ts'
import { headerRecord } from '../forward/headers.ts'
import { json as parsed } from '../forward/parse.ts'
import { withoutPrivate } from '../forward/private.ts'
import type { Gateway } from '../gateway.ts'
import { json } from '../respond.ts'
import type { Route } from '../route.ts'
import { findAccount } from '../store/accounts.ts'
import { findForward, listForwards, type ForwardRow } from '../store/forwards.ts'
import { pageOf, pagingOf } from './paging.ts'
import * as schemas from './forward_schemas.ts'
import { PageQuery } from './schemas.ts'

/** The routes of forwards. */
export function forwardsRoutes(gateway: Gateway): readonly Route[] {
  const { store, keyring, clock } = gateway
  const tag = 'Forward'
  const scope = 'forwards:read'

  /** What the PSP gave to the caller alone is not told again here. */
  async function privateOf(row: ForwardRow): Promise<readonly string[]> {
    const account = row.account_id && (await findAccount(store, row.tenant_id, row.account_id))
    if (!account) return []
    // Without its adapter, nobody knows which values those are: the empty pointer stands for all of it.
    return gateway.registry.find(account.adapter)?.private_in_answer ?? ['']
  }

  return [
    {
      method: 'GET',
      path: '/v1/forwards',
      tag,
      scope,
      summary: 'List forwards, newest first',
      query: PageQuery,
      answer: { status: 200, schema: schemas.ForwardPage },
      async handle({ url }, caller) {
        const paging = pagingOf(url)
        const rows = await listForwards(store, caller, paging.limit + 1, paging.cursor)
        return json(
          200,
          pageOf(rows, paging, (row) => view(row, clock())),
        )
      },
    },
    {
      method: 'GET',
      path: '/v1/forwards/:id',
      tag,
      scope,
      summary: 'Read one forward with its request and answer',
      answer: { status: 200, schema: schemas.Forward },
      async handle({ params }, caller) {
        const row = await findForward(store, caller, params['id'] ?? '')
        if (!row) throw new GatewayError('not_found', 'There is no such forward.')
        const { id, tenant_id, sealed_request, sealed_result } = row
        const kept = sealed_result && (await openKept(keyring, tenant_id, id, sealed_result))
        return json(200, {
          ...view(row, clock()),
          request: await openTranscript(keyring, tenant_id, id, sealed_request),
          ...end(kept, await privateOf(row)),
        })
      },
    },
  ]
}

function end(kept: Kept | null, hidden: readonly string[]) {
  if (!kept) return { response: null, error: null }
  if ('failure' in kept) return { response: null, error: kept.failure }
  const { response, outcome } = kept.result
  if (!response) return { response: null, error: null }
  const text = response.body.toString('utf8')
  const body = parsed(text)
  return {
    outcome,
    response: {
      status: response.status,
      headers: headerRecord(response.headers),
      body: body === undefined ? text : withoutPrivate(body, hidden),
    },
    error: null,
  }
}

const SENT = { sending: 'unknown', done: 'yes', not_sent: 'no', unknown: 'unknown' } as const

function view(row: ForwardRow, now: number) {
  // Nobody can still be sending it: the program that did has ended.
  const state = row.state === 'sending' && row.deadline_at < now ? 'unknown' : row.state
  return {
    id: row.id,
    state,
    sent: SENT[state],
    dialect: row.dialect,
    tokens: row.token_ids,
    account: row.account_id,
    operation: row.operation,
    method: row.method,
    host: row.host,
    psp_status: row.psp_status,
    outcome: row.outcome === null ? null : { kind: row.outcome },
    error_code: row.error_code,
    idempotency_key: row.idempotency_key,
    timing: { total_ms: row.total_ms, psp_ms: row.psp_ms },
    created_at: rfc3339(row.created_at),
  }
}
