/**
 * @module `GET /v1/audit`: the tenant's own lines of the audit log.
 */
import { auditEntry } from '../audit/entry.ts'
import { newestLines, type Row } from '../audit/read.ts'
import { byCaller } from '../auth/caller.ts'
import { GatewayError } from '../errors.ts'
import type { Gateway } from '../gateway.ts'
import { json } from '../respond.ts'
import type { Route } from '../route.ts'
import { pageOf, pagingOf } from './paging.ts'
import * as schemas from './audit_schemas.ts'

/** The route of the audit log. Whoever reads it stands in it. */
export function auditRoutes({ store, clock }: Gateway): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/audit',
      tag: 'Audit log',
      scope: 'admin',
      summary: 'What was done, and what was opened, newest first',
      query: schemas.AuditQuery,
      answer: { status: 200, schema: schemas.AuditPage },
      async handle({ url }, caller) {
        if (caller.test) {
          throw new GatewayError('forbidden', 'A test key cannot read the audit log.', {
            hint: 'Use a live key with the scope admin, or `pangate audit list`.',
          })
        }
        const { tenant } = caller
        const paging = pagingOf(url)
        const action = url.searchParams.get('action')
        await store.write(auditEntry('audit.read', byCaller(caller, clock()), { tenant }))
        const rows = await newestLines(store, { tenant, action }, paging.limit + 1, paging.cursor)
        return json(200, pageOf(rows.map(withId), paging, view))
      },
    },
  ]
}

type Identified = Row & { readonly id: string }

const withId = (row: Row): Identified => ({ ...row, id: `${row.chain}:${row.seq}` })

function view({ id, at, actor, action, subject, request_id, detail }: Identified) {
  return {
    id,
    at: new Date(at).toISOString(),
    actor,
    action,
    subject,
    request_id,
    // Written by us as an object; whoever changed it is found by `pangate audit verify`.
    detail: JSON.parse(detail) as Record<string, unknown>,
  }
}
