/**
 * @module `pangate sandbox`: the PSP sandbox alone, until it is stopped.
 */
import { startSandbox } from '../sandbox/sandbox.ts'
import type { Input } from './command.ts'
import { stopSignal } from './signals.ts'
import type { Terminal } from './terminal.ts'

export const SANDBOX_PORT = 8422

/** Says where it is, logs requests to standard error without card data, and ends with a signal. */
export async function sandbox(input: Input, { out, err }: Terminal): Promise<number> {
  const stopped = stopSignal()
  const { url, caFile, stop } = await startSandbox({
    port: input.integer('port', 0, 65_535) ?? SANDBOX_PORT,
    dataDir: input.text('data') ?? null,
    log: err,
  })
  if (input.flag('json')) out(JSON.stringify({ url, ca_file: caFile }))
  else {
    out(`The PSP sandbox is at ${url}; what it can do:\n`)
    out(`  curl --cacert '${caFile}' ${url}/\n`)
    out('Stop it with Ctrl-C.')
  }
  await stopped
  await stop()
  return 0
}
