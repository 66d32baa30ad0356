/**
 * @module The checks of `pangate doctor` that look outside: database, certificate authorities, ports.
 */
import { X509Certificate } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Adapter } from '../adapter.ts'
import type { Config } from '../config.ts'
import { databasePath } from '../store/location.ts'
import { inspectStore, type Inspection } from '../store/inspect.ts'
import { openKeyring } from '../vault/keyring.ts'
import type { MasterKey } from '../vault/master_key.ts'
import { askServer } from './ask_server.ts'
import { finding, refused, type Finding } from './doctor_finding.ts'
import { checkKeyChanges } from './doctor_keys.ts'
import { checkTenants } from './doctor_tenants.ts'
import { cannotListen, tryPort } from './listen.ts'
import { isOpen } from './surroundings.ts'

/** The database, its keys and what is in it. A database that is not there yet is not made. */
export async function checkDatabase(
  config: Config,
  master: MasterKey | null,
  adapters: readonly Adapter[],
): Promise<readonly Finding[]> {
  const check = 'database'
  const { url, sync_url } = config.database
  const path = databasePath(url)
  // The copy of a server is made by who serves: what counts is the server.
  if (path !== null && !existsSync(path) && sync_url === null) return [missing(path)]
  const found: Finding[] = []
  if (path !== null && isOpen(path)) {
    found.push(
      finding('warning', check, `${path} can be opened by every user`, `chmod 600 ${path}*`),
    )
  }
  let inspection: Inspection
  try {
    inspection = await inspectStore(config.database)
  } catch (error) {
    return [...found, refused(check, error)]
  }
  const { store, missing: due } = inspection
  try {
    const verdict = await store.check()
    found.push(
      verdict === 'ok'
        ? finding('ok', check, `${sync_url ?? url}, and its own check finds nothing`)
        : finding('fatal', check, `is damaged: ${verdict}`, 'restore it from its backup'),
    )
    if (verdict !== 'ok') return found
    if (due > 0) found.push(migrations(due))
    else if (master) {
      const keyring = await openKeyring(store, master)
      found.push(...(await checkKeyChanges(store)))
      found.push(...(await checkTenants(config, store, keyring, adapters)))
    }
  } catch (error) {
    found.push(refused(check, error))
  } finally {
    await store.close()
  }
  return found
}

function migrations(due: number): Finding {
  const changes = due === 1 ? 'a change' : `${due} changes`
  return finding(
    'note',
    'database',
    `${changes} of its tables will be made at the next start; what is in it is checked after that`,
    'make a backup, then start the server',
  )
}

function missing(path: string): Finding {
  const folder = dirname(resolve(path))
  try {
    accessSync(folder, constants.W_OK)
  } catch {
    const why = existsSync(folder) ? 'cannot be written to by this user' : 'does not exist'
    const next = existsSync(folder) ? `ls -ld ${folder}` : `mkdir -m 700 -p ${folder}`
    return finding('fatal', 'database', `its folder ${folder} ${why}`, next)
  }
  return finding(
    'note',
    'database',
    `${path} is made at the first start`,
    'pangate tenant create NAME',
  )
}

/** The file of `[egress] ca_file`. */
export function checkAuthorities({ egress }: Config): readonly Finding[] {
  const check = 'certificate authorities'
  const file = egress.ca_file
  if (file === null) return []
  const next = 'correct [egress] ca_file'
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return [finding('fatal', check, `${file} cannot be read`, next)]
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) return [finding('fatal', check, `${file} has no certificate`, next)]
  try {
    const certificates = blocks.map((block) => new X509Certificate(block))
    const old = certificates.filter(({ validTo }) => Date.parse(validTo) < Date.now())
    if (old.length === 0) return [finding('ok', check, `${blocks.length} in ${file}`)]
    return old.map(({ validTo }) =>
      finding('warning', check, `one in ${file} ended on ${validTo}`, 'get the new one'),
    )
  } catch {
    return [finding('fatal', check, `${file} has a certificate that cannot be read`, next)]
  }
}

/** Both addresses that it listens on. One that is taken by a running pangate is no fault. */
export async function checkPorts({ server }: Config): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for (const key of ['listen', 'admin_listen'] as const) {
    const { host, port } = server[key]
    const check = key.replace('_', ' ')
    const result = await tryPort(host, port)
    if (typeof result !== 'string') found.push(finding('ok', check, `${host}:${port} is free`))
    else if (result === 'EADDRINUSE' && (await isOurs(server[key]))) {
      const message = `${host}:${port} is taken by a pangate that runs`
      found.push(finding('note', check, message, 'stop it before you start another'))
    } else found.push(refused(check, cannotListen({ host, port }, result, `[server] ${key}`)))
  }
  return found
}

/** Whether what listens there answers as we do. */
async function isOurs(place: Config['server']['listen']): Promise<boolean> {
  return (await askServer(place, '/healthz')).includes('{"status":"ok"}')
}

/** What a server that runs has seen: proxies that are not on the list. Nothing where none runs. */
export async function checkProxies({ server }: Config): Promise<readonly Finding[]> {
  const check = 'trusted proxies'
  const numbers = await askServer(server.admin_listen, '/metrics')
  const [, seen] = /^pangate_unlisted_proxies_total (\d+)$/m.exec(numbers) ?? []
  if (seen === undefined) return []
  if (seen === '0') return [finding('ok', check, 'the server has seen none that is not listed')]
  const message = `calls with \`${server.proxy_header}\` came from ${seen} addresses that are not listed: where one is a proxy of yours, all callers behind it count as one`
  const next =
    'look for proxy.unlisted in the log, and put what is yours into [server] trusted_proxies'
  return [finding('warning', check, message, next)]
}
