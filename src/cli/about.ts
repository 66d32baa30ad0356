/**
 * @module Commands that tell of the program itself: version and its API.
 */
import { openLog } from '../telemetry/log.ts'
import { VERSION } from '../version.ts'
import type { Input } from './command.ts'
import type { Terminal } from './terminal.ts'

/** `pangate version`. */
export async function version(input: Input, { out }: Terminal): Promise<number> {
  const about = {
    version: VERSION,
    bun: Bun.version,
    platform: `${process.platform}-${process.arch}`,
  }
  out(
    input.flag('json')
      ? JSON.stringify(about)
      : `pangate ${about.version} (bun ${about.bun}, ${about.platform})`,
  )
  return 0
}

/** `pangate openapi`: what `/openapi.json` gives, from a gateway over an empty database in memory. */
export async function openapi(_: Input, { out, err }: Terminal): Promise<number> {
  const [{ createApp }, { defaultConfig }, { openGateway }, { generateMasterKey, parse }] =
    await Promise.all([
      import('../app.ts'),
      import('../config.ts'),
      import('../gateway.ts'),
      import('../vault/master_key.ts'),
    ])
  const config = {
    ...defaultConfig(),
    database: { ...defaultConfig().database, url: 'file::memory:' },
  }
  const log = openLog({ level: 'error', format: 'text', clock: Date.now, write: err })
  const gateway = await openGateway(config, parse(generateMasterKey()), { log })
  const request = new Request(`${config.server.public_url}/openapi.json`)
  const response = await createApp(gateway).handle(request)
  out(JSON.stringify(await response.json(), null, 2))
  await gateway.close()
  return 0
}
