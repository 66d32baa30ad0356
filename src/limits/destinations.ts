/**
 * @module What one PSP may take of us: so many calls at once, and none for a while where it fails again and again.
 */
import { GatewayError } from '../errors.ts'
import type { Circuits, Ending, Pass } from './circuit.ts'
import { openSlots, TENANT_SHARE } from './slots.ts'
import type { Waits } from './waits.ts'

/** A host and port. */
export interface Target {
  readonly host: string
  readonly port: number
}

/** Whose call it is: the tenant, and whether it is in test mode. */
export interface Owner {
  readonly tenant: string
  readonly test: boolean
}

/** Why a call failed: no connection came about, or no answer came. */
export type Failure = 'connect' | 'answer'

/** One call's way to its target. */
export interface Way {
  /** Why it may not go on, with `sent: no`; null where it may. */
  readonly refused: GatewayError | null
  /** Waits for the target: meanwhile this process has nothing to do for the call. */
  wait<T>(run: () => Promise<T>): Promise<T>
  /** Told of each request to the target: what failed, or null where an answer came. */
  tell(failure: Failure | null): void
  /** Gives everything back. To be called once, whatever happened. */
  leave(): void
}

export interface Destinations {
  /** Asks for a way. `probe` resolves to whether the target takes a TLS connection, which costs nobody a payment. */
  enter(owner: Owner, target: Target, probe: () => Promise<boolean>): Promise<Way>
}

/**
 * Limits by destination. Whether a host takes connections is a fact that all tenants share: no request of theirs can
 * change it. Whether it answers depends on what it was sent, so of that each tenant, and its test mode, has a circuit of
 * its own: who calls paths that hang opens it for nobody else.
 */
export function openDestinations(limit: number, circuits: Circuits, waits: Waits): Destinations {
  const all = openSlots(limit)
  const own = openSlots(Math.ceil(limit * TENANT_SHARE))

  return {
    async enter({ tenant, test }, { host, port }, probe) {
      const place = `${host}:${port}`
      const share = `${tenant} ${place}`
      if (!all.enter(place)) return refusal(busy(host))
      if (!own.enter(share)) {
        all.leave(place)
        return refusal(busy(host))
      }
      const reach = await circuits.enter(place, probe)
      const answer: Pass | null =
        reach.wait_ms > 0
          ? null
          : await circuits.enter(`${place} ${tenant} ${test ? 'test' : 'live'}`, probe)
      const wait_ms = Math.max(reach.wait_ms, answer?.wait_ms ?? 0)
      let reached: Ending = 'nothing'
      let answered: Ending = 'nothing'
      const end = (): void => {
        reach.end(reached)
        answer?.end(answered)
        all.leave(place)
        own.leave(share)
      }
      if (wait_ms > 0) {
        end()
        return refusal(
          new GatewayError('circuit_open', `${host} failed again and again, and is left alone.`, {
            retry_after: Math.ceil(wait_ms / 1000),
          }),
        )
      }
      return {
        refused: null,
        wait: (run) => waits.wait(tenant, run),
        tell: (failure) => {
          reached = failure === 'connect' ? 'failed' : 'succeeded'
          if (failure !== 'connect') answered = failure === 'answer' ? 'failed' : 'succeeded'
        },
        leave: end,
      }
    },
  }
}

function busy(host: string): GatewayError {
  return new GatewayError('destination_busy', `Too many forwards are running to ${host}.`)
}

function refusal(refused: GatewayError): Way {
  return { refused, wait: (run) => run(), tell: () => undefined, leave: () => undefined }
}
