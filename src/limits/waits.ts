/**
 * @module Requests that wait for somebody else: for a PSP, or for the rest of their own body.
 */
import { openSlots } from './slots.ts'

export interface Waits {
  /** Counts one of a tenant, or of nobody known, while `run` goes on. */
  wait<T>(tenant: string | null, run: () => Promise<T>): Promise<T>
  /** How many of a tenant wait, or of all (`''`). */
  running(tenant: string): number
}

/** Everybody, beside tenants by their ids. */
const ALL = ''

/** Counts them. `began` is called whenever one begins to wait. */
export function openWaits(began: () => void = () => undefined): Waits {
  const slots = openSlots(0)
  return {
    async wait(tenant, run) {
      slots.enter(ALL)
      if (tenant !== null) slots.enter(tenant)
      began()
      try {
        return await run()
      } finally {
        slots.leave(ALL)
        if (tenant !== null) slots.leave(tenant)
      }
    },
    running: (tenant) => slots.running(tenant),
  }
}
