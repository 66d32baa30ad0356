/**
 * @module Lets a job on where its destination can take it, and learns from what comes of it how the destination fares.
 */
import { GatewayError } from '../errors.ts'
import type { Failure, Way } from '../limits/destinations.ts'
import { forwardByKey } from '../store/forwards.ts'
import type { Call, Job } from './call.ts'
import type { Core } from './core.ts'
import type { Transport } from './transport.ts'

/** A PSP that had less time than this has not been shown to hang. */
const FAIR_MS = 10_000
/** Part of the full time that is as good as all of it: some went by before. */
const NEARLY = 0.9

/**
 * Runs the rest of the line with a place at the destination and a transport that is watched.
 * Throws `destination_busy` and `circuit_open`: nothing was written down, and nothing was sent.
 */
export async function admit<T>(core: Core, job: Job, run: (core: Core) => Promise<T>): Promise<T> {
  const { transport, destinations } = core
  const { call, origin, place } = job
  const way = await destinations.enter(call.caller, place, () => transport.reaches(origin))
  try {
    // A key that is repeated is told what came of the first, for which the PSP is not needed.
    if (way.refused && !(await isRepeated(core, call))) throw way.refused
    return await run({ ...core, transport: watched(transport, way, core.timeout_ms) })
  } finally {
    way.leave()
  }
}

async function isRepeated(core: Core, { caller, idempotency_key }: Call): Promise<boolean> {
  if (idempotency_key === null) return false
  return (await forwardByKey(core.store, caller, idempotency_key)) !== undefined
}

function watched(transport: Transport, way: Way, timeout_ms: number): Transport {
  return {
    ...transport,
    async send(request, timeout, leaving, identity) {
      // The repeated key was given free in the meantime: it is a first one after all.
      if (way.refused) throw way.refused
      const started = performance.now()
      try {
        const answer = await way.wait(() => transport.send(request, timeout, leaving, identity))
        way.tell(null)
        return answer
      } catch (error) {
        const enough = (full: number): boolean => timeout >= full * NEARLY
        const failure = failureOf(error)
        const byItself = performance.now() - started < timeout * NEARLY
        const fair =
          failure === 'connect'
            ? byItself || enough(transport.connect_timeout_ms)
            : enough(Math.min(FAIR_MS, timeout_ms))
        // Who gives a PSP no time learns nothing about it, and must not speak for others.
        if (failure !== null && fair) way.tell(failure)
        throw error
      }
    },
  }
}

/** What speaks against a destination; an answer of any status, or half an answer, does not. */
function failureOf(error: unknown): Failure | null {
  if (!(error instanceof GatewayError)) return null
  if (error.code === 'psp_unreachable') return 'connect'
  return error.code === 'psp_timeout' ? 'answer' : null
}
