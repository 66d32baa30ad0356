/**
 * @module The allow-list: hosts a tenant may send to.
 */
import { and, asc, eq, sql } from 'drizzle-orm'
import { auditEntry, type By } from '../audit/entry.ts'
import { preparedRead } from './database.ts'
import { exact } from './exact.ts'
import type { Store } from './open.ts'
import { destinations } from './schema.ts'

export type Destination = typeof destinations.$inferSelect

interface At {
  readonly tenant: string
  readonly host: string
  readonly port: number
}

const at = preparedRead<At, typeof destinations>(
  destinations,
  and(
    eq(destinations.tenant_id, sql.placeholder('tenant')),
    eq(destinations.host, sql.placeholder('host')),
    eq(destinations.port, sql.placeholder('port')),
  ),
  { keep: true },
)

/** The tenant's entries for one host and port. */
export function destinationsAt(
  { db }: Pick<Store, 'db'>,
  tenant: string,
  host: string,
  port: number,
): Promise<readonly Destination[]> {
  return at.all(db, { tenant, host, port })
}

/** All entries of a tenant, oldest first. */
export function listDestinations(store: Store, tenant: string): Promise<readonly Destination[]> {
  return exact(store)
    .select()
    .from(destinations)
    .where(eq(destinations.tenant_id, tenant))
    .orderBy(asc(destinations.id))
}

/** Adds an entry. Throws `conflict` when the same place is listed already. */
export async function addDestination(
  store: Store,
  destination: Destination,
  by: By,
): Promise<void> {
  await store.write(
    store.db.insert(destinations).values(destination),
    auditEntry('destination.add', by, aboutOf(destination)),
  )
}

/** Whether there was such an entry. */
export async function removeDestination(
  store: Store,
  tenant: string,
  id: string,
  by: By,
): Promise<boolean> {
  const own = and(eq(destinations.tenant_id, tenant), eq(destinations.id, id))
  const row = await exact(store).select().from(destinations).where(own).get()
  if (!row) return false
  const [result] = await store.write(
    store.db.delete(destinations).where(own),
    auditEntry('destination.remove', by, aboutOf(row)),
  )
  return (result?.rowsAffected ?? 0) > 0
}

function aboutOf({ id, tenant_id, host, port, path_prefix, methods }: Destination) {
  return { tenant: tenant_id, subject: id, detail: { host, port, path_prefix, methods } }
}
