/**
 * @module The allow-list: hosts a tenant may send to.
 */
import { and, asc, eq } from 'drizzle-orm'
import type { Store } from './open.ts'
import { destinations } from './schema.ts'

export type Destination = typeof destinations.$inferSelect

/** The tenant's entries for one host and port. */
export function destinationsAt(
  store: Store,
  tenant: string,
  host: string,
  port: number,
): Promise<readonly Destination[]> {
  return store.db
    .select()
    .from(destinations)
    .where(
      and(
        eq(destinations.tenant_id, tenant),
        eq(destinations.host, host),
        eq(destinations.port, port),
      ),
    )
}

/** All entries of a tenant, oldest first. */
export function listDestinations(store: Store, tenant: string): Promise<readonly Destination[]> {
  return store.db
    .select()
    .from(destinations)
    .where(eq(destinations.tenant_id, tenant))
    .orderBy(asc(destinations.id))
}

/** Adds an entry. Throws `conflict` when the same place is listed already. */
export async function addDestination(store: Store, destination: Destination): Promise<void> {
  await store.write(store.db.insert(destinations).values(destination))
}

/** Whether there was such an entry. */
export async function removeDestination(
  store: Store,
  tenant: string,
  id: string,
): Promise<boolean> {
  const [result] = await store.write(
    store.db
      .delete(destinations)
      .where(and(eq(destinations.tenant_id, tenant), eq(destinations.id, id))),
  )
  return (result?.rowsAffected ?? 0) > 0
}
