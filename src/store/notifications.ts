/**
 * @module The record of PSPs' messages to us.
 */
import { and, desc, eq, inArray, lt } from 'drizzle-orm'
import type { Store } from './open.ts'
import { notifications } from './schema.ts'

export type NotificationRow = typeof notifications.$inferSelect

/** Whose record it is: one of a test key shows sandbox accounts alone. */
interface Owner {
  readonly tenant: string
  readonly test: boolean
}

/** How many messages that were not genuine are kept of an account: anyone can send those. */
const UNVERIFIED = 100

/** Writes a message down, once: the same message again changes nothing. */
export async function insertNotification(store: Store, row: NotificationRow): Promise<void> {
  const insert = store.db.insert(notifications).values(row).onConflictDoNothing()
  if (row.verified) {
    await store.write(insert)
    return
  }
  const unverified = and(
    eq(notifications.account_id, row.account_id),
    eq(notifications.verified, false),
  )
  const tooMany = store.db
    .select({ id: notifications.id })
    .from(notifications)
    .where(unverified)
    .orderBy(desc(notifications.id))
    // SQLite takes no offset without a limit.
    .limit(1000)
    .offset(UNVERIFIED)
  await store.write(
    insert,
    store.db.delete(notifications).where(inArray(notifications.id, tooMany)),
  )
}

export function findNotification(
  store: Store,
  owner: Owner,
  id: string,
): Promise<NotificationRow | undefined> {
  return store.db
    .select()
    .from(notifications)
    .where(and(mine(owner), eq(notifications.id, id)))
    .get()
}

/** Newest first; `cursor` is the last id of the page before. */
export function listNotifications(
  store: Store,
  owner: Owner,
  limit: number,
  cursor: string | null,
): Promise<readonly NotificationRow[]> {
  return store.db
    .select()
    .from(notifications)
    .where(and(mine(owner), cursor === null ? undefined : lt(notifications.id, cursor)))
    .orderBy(desc(notifications.id))
    .limit(limit)
}

function mine({ tenant, test }: Owner) {
  return and(eq(notifications.tenant_id, tenant), test ? eq(notifications.test, true) : undefined)
}
