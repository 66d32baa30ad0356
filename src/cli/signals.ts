/**
 * @module Signals: two that stop the program, and others that would end it without a word if nobody listened.
 */

const STOP = { SIGINT: 130, SIGTERM: 143 } as const
const OTHERS = ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const

/** A signal that ends nothing. */
export type OtherSignal = (typeof OTHERS)[number]

/** Resolves at the first SIGINT or SIGTERM; the second ends the process at once. */
export function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(STOP[signal])
      stopping = true
      resolve()
    })
  }
  return promise
}

/** Gives the others to `act`, in place of what was done before. SIGPIPE needs nobody: the runtime passes over it. */
export function otherSignals(act: (signal: OtherSignal) => void): void {
  for (const signal of OTHERS) {
    process.removeAllListeners(signal)
    process.on(signal, () => act(signal))
  }
}
