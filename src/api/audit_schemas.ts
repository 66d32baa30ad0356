/**
 * @module The shapes of `/v1/audit`, as TypeBox.
 */
import { Type } from '@sinclair/typebox'
import { AUDIT_ACTIONS } from '../audit/actions.ts'
import { nullable, object, oneOf, page } from './schema_parts.ts'
import { PageQuery } from './schemas.ts'

export const AuditQuery = object({
  ...PageQuery.properties,
  action: Type.Optional(oneOf(Object.keys(AUDIT_ACTIONS))),
})

const AuditLine = Type.Object({
  id: Type.String({ description: 'the chain and the number of the line in it' }),
  at: Type.String({ format: 'date-time' }),
  actor: Type.String({ description: 'a key, a client, a subject, cli:<user>, or pangate itself' }),
  action: Type.String(),
  subject: nullable(Type.String({ description: 'the id of what it was done to' })),
  request_id: nullable(Type.String()),
  detail: Type.Record(Type.String(), Type.Unknown()),
})
export const AuditPage = page(AuditLine)
