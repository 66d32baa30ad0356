/**
 * @module `pangate dev`: everything on loopback, ready to be tried, and the same again after a restart.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readConfig, type Config } from '../config.ts'
import { OperatorError } from '../errors.ts'
import { openGateway } from '../gateway.ts'
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { databaseUrl } from '../store/location.ts'
import { fault, openLog } from '../telemetry/log.ts'
import { generateMasterKey, readMasterKey } from '../vault/master_key.ts'
import type { Input } from './command.ts'
import { plainConfig } from './config_file.ts'
import { demo } from './demo.ts'
import { readKept, writeKept, type Kept } from './dev_file.ts'
import { seed } from './dev_seed.ts'
import { readyText, type Ready } from './dev_text.ts'
import { onFault, onWarning } from './faults.ts'
import { cannotListen, tryPort } from './listen.ts'
import { SANDBOX_PORT } from './sandbox.ts'
import { listen, tellAllInterrupted } from './serving.ts'
import { stopSignal } from './signals.ts'
import type { Terminal } from './terminal.ts'

const HOST = '127.0.0.1'
const PORT = 8420

/** Starts everything, says how to use it, and stays until a signal comes. */
export async function dev(input: Input, terminal: Terminal): Promise<number> {
  const { env, out, err, color } = terminal
  const wanted = input.integer('port', 0, 65_535)
  if (input.flag('json') && input.flag('demo')) {
    throw input.refuse('--json prints one line, and --demo many: use one of them')
  }
  if (input.flag('once') && !input.flag('demo')) throw input.refuse('--once goes with --demo')
  const named = input.text('data') ?? 'pangate-data'
  const folder = resolve(named)
  const stopped = stopSignal()
  makeFolder(folder)
  const file = join(folder, 'dev.json')
  const kept = readKept(file)
  const sandbox = await openSandbox(folder, kept, wanted === 0 ? 0 : SANDBOX_PORT)
  const port = await choosePort(wanted, err)
  const adapters = input.text('adapters')
  const config = writeConfig(folder, port, sandbox.caFile, adapters, env)
  const log = openLog({ ...config.log, clock: Date.now, write: err })
  onWarning((warning) => log.warn('runtime.warning', fault(warning)))
  onFault((_, error) => log.error('fault', fault(error)))
  const gateway = await openGateway(config, readMasterKey(config.vault), { log })
  const seeded = await seed(gateway, kept, sandbox.url)
  writeKept(file, { ...seeded, sandbox_port: sandbox.port, pid: process.pid })
  const server = await listen(gateway, config.server.listen)
  await tellAllInterrupted(gateway)

  const ready: Ready = {
    url: server.url,
    api_key: seeded.api_key,
    tenant: seeded.tenant,
    token: seeded.token,
    account: seeded.account,
    accounts: seeded.accounts,
    oauth_client: seeded.oauth_client,
    sandbox: { url: sandbox.url, ca_file: sandbox.caFile },
  }
  const mark = (text: string): string => (color ? `\x1b[1m${text}\x1b[0m` : text)
  if (input.flag('demo')) await demo(gateway, ready, terminal, mark)
  out(input.flag('json') ? JSON.stringify(ready) : readyText(ready, named, mark))
  if (!input.flag('once')) await stopped
  await server.stop()
  await gateway.close()
  await sandbox.stop()
  return 0
}

function makeFolder(folder: string): void {
  const key = join(folder, 'master.key')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (!existsSync(key)) writeFileSync(key, `${generateMasterKey()}\n`, { mode: 0o600 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new OperatorError(
      `the data cannot be kept in ${folder}: ${code}`,
      'pangate dev --data DIR, with a folder that this user can write to',
    )
  }
}

/** On the port it had last time, so that what was written down about it stays true; else on a free one. */
async function openSandbox(folder: string, kept: Kept | null, first: number): Promise<Sandbox> {
  const dataDir = join(folder, 'sandbox')
  const port = kept?.sandbox_port ?? first
  if (typeof (await tryPort(HOST, port)) === 'string') {
    if (kept && isRunning(kept.pid)) {
      throw new OperatorError(
        `pangate dev is running on ${folder} already, as process ${kept.pid}`,
        `stop it (kill ${kept.pid}), or use other data: pangate dev --data DIR`,
      )
    }
    return startSandbox({ dataDir, port: 0 })
  }
  return startSandbox({ dataDir, port })
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 is not sent; it asks whether there is such a process.
    return pid !== process.pid && process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** The port that was asked for, or ours, or a free one where ours is taken. Throws OperatorError where the wanted one is. */
async function choosePort(wanted: number | undefined, err: Terminal['err']): Promise<number> {
  const found = await tryPort(HOST, wanted ?? PORT)
  if (typeof found !== 'string') return found.port
  if (wanted !== undefined) throw cannotListen({ host: HOST, port: wanted }, found, '--port N')
  const free = await tryPort(HOST, 0)
  if (typeof free === 'string') throw cannotListen({ host: HOST, port: 0 }, free, '--port N')
  err(`pangate: port ${PORT} is taken; using ${free.port}`)
  return free.port
}

/** Writes the configuration that this run and other commands use, and reads it. */
function writeConfig(
  folder: string,
  port: number,
  caFile: string,
  adapters: string | undefined,
  env: Terminal['env'],
): Config {
  const file = join(folder, 'pangate.toml')
  const text = plainConfig(
    '# Written by `pangate dev` at each start, for other commands: pangate doctor --config THIS-FILE',
    {
      server: { listen: `${HOST}:${port}`, admin_listen: `${HOST}:0` },
      database: { url: databaseUrl(join(folder, 'pangate.db')), durability: 'process' },
      vault: { master_key_file: join(folder, 'master.key') },
      ...(adapters !== undefined && { adapters: { dir: resolve(adapters) } }),
      egress: { private_networks: ['127.0.0.0/8', '::1/128'], ca_file: resolve(caFile) },
      // Whoever tries something out may do so as often and as badly as they like.
      limits: {
        key_rate: 'none',
        tenant_rate: 'none',
        address_failures: 'none',
        circuit_failures: 0,
      },
      log: { level: 'warn', format: 'text' },
    },
  )
  writeFileSync(file, text, { mode: 0o600 })
  // What the environment says to a server is not meant for this.
  const ours = Object.entries(env).filter(([name]) => name.startsWith('PANGATE_LOG_'))
  return readConfig(file, Object.fromEntries(ours)).config
}
