/** @module What is measured side by side: the PSP directly, relays, Pangate in all its ways, and what a user might pick instead. */
import { join } from 'node:path'
import { freePort, freshFolder, start, type Child } from './child.ts'
import { CORES } from './machine.ts'
import { account, install, praxisFromFile, serve } from './pangate.ts'
import { accountShot, clearShot, dialectShots, nativeShot, tryShot, type Shot } from './shots.ts'
import { startNginx, type Upstream } from './upstream.ts'

export interface Subject {
  readonly name: string
  readonly shot: Shot
  /** Whose processor time is counted; null where there is nothing between. */
  readonly pid: number | null
  /** The authority that a client has to trust. */
  readonly ca?: string
}

/** One that is not here, and why. */
export interface Absent {
  readonly name: string
  readonly reason: string
}

/** The relay that the others are measured by. */
export const BARE = 'Bun.serve + fetch, bare'
export const NATIVE = 'Pangate, native by request'
export const POWER = `${NATIVE}, power`
export const DIRECT = 'the PSP directly'

/** Directly, and relays that know no cards. */
export async function relays(upstream: Upstream): Promise<readonly Subject[]> {
  const { plain, tls, caFile } = upstream
  const folder = freshFolder()
  const [port, relayPort] = [await freePort(), await freePort()]
  const nginx = await startNginx(
    folder,
    `upstream psp { server 127.0.0.1:${upstream.tlsPort}; keepalive 512; keepalive_requests 1000000000; }
server { listen 127.0.0.1:${port} backlog=8192; location = /ready { return 200 ok; }
location / { proxy_pass https://psp; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host localhost;
proxy_ssl_verify on; proxy_ssl_trusted_certificate ${caFile}; proxy_ssl_name localhost; proxy_ssl_server_name on; } }`,
    CORES.subject,
    `http://127.0.0.1:${port}/ready`,
  )
  const bare = await bareRelay(relayPort, upstream)
  return [
    { name: `${DIRECT}, plain`, shot: clearShot(plain), pid: null },
    { name: DIRECT, shot: clearShot(tls), pid: null, ca: caFile },
    { name: 'nginx proxy_pass', shot: clearShot(`http://127.0.0.1:${port}`), pid: nginx.pid },
    { name: BARE, shot: clearShot(`http://127.0.0.1:${relayPort}`), pid: bare.pid },
  ]
}

/** The bare relay alone. */
export function bareRelay(port: number, { tls, caFile }: Upstream): Promise<Child> {
  const program = join(import.meta.dir, 'relay.ts')
  return start([process.execPath, program, String(port), tls, caFile], {
    cores: CORES.subject,
    ready: `http://127.0.0.1:${port}/`,
  })
}

/** Pangate as it is configured for each of its ways. */
export async function pangates(upstream: Upstream): Promise<readonly Subject[]> {
  const { tls } = upstream
  const process = await serve(install(upstream, { PANGATE_DATABASE_DURABILITY: 'process' }))
  const power = await serve(install(upstream, { PANGATE_DATABASE_DURABILITY: 'power' }))
  const fromFile = await serve(
    install(upstream, { PANGATE_DATABASE_DURABILITY: 'process', ...praxisFromFile() }),
  )
  const native = nativeShot(process, tls)
  const keyed: Shot = { ...native, unique: 'idempotency-key' }
  const { pid } = process.child
  const praxis = 'Pangate, by account, Praxis'
  return [
    { name: NATIVE, shot: native, pid },
    { name: `${NATIVE}, idempotency key`, shot: keyed, pid },
    { name: POWER, shot: nativeShot(power, tls), pid: power.child.pid },
    {
      name: `${POWER}, idempotency key`,
      shot: { ...nativeShot(power, tls), unique: 'idempotency-key' },
      pid: power.child.pid,
    },
    ...Object.entries(dialectShots(process, tls)).map(([dialect, shot]) => ({
      name: `Pangate, ${dialect}`,
      shot,
      pid,
    })),
    {
      name: 'Pangate, by account, Stripe',
      shot: accountShot(process, await account(process, 'stripe', tls)),
      pid,
    },
    { name: praxis, shot: accountShot(process, await account(process, 'praxis', tls)), pid },
    {
      name: `${praxis} from a file, in its sandbox`,
      shot: accountShot(fromFile, await account(fromFile, 'praxis', tls)),
      pid: fromFile.child.pid,
    },
  ]
}

/** Programs of others, where they run here. */
export async function peers(upstream: Upstream): Promise<readonly (Subject | Absent)[]> {
  return [
    await unlessAbsent('mitmproxy, substituting add-on', () => mitmproxy(upstream)),
    await unlessAbsent('Portkey gateway (Node)', () => portkey(upstream)),
  ]
}

async function unlessAbsent(
  name: string,
  open: () => Promise<Omit<Subject, 'name'>>,
): Promise<Subject | Absent> {
  try {
    const subject = { name, ...(await open()) }
    await tryShot(subject.shot)
    return subject
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { name, reason: reason.split('\n')[0]?.slice(0, 200) ?? '' }
  }
}

async function mitmproxy({ tls, caFile }: Upstream): Promise<Omit<Subject, 'name'>> {
  if (!Bun.which('mitmdump')) throw new Error('not installed: apt-get install -y mitmproxy')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const own = [
    '--set',
    `confdir=${freshFolder()}`,
    '--set',
    `ssl_verify_upstream_trusted_ca=${caFile}`,
  ]
  const mode = [
    '--mode',
    `reverse:${tls}`,
    '--listen-host',
    '127.0.0.1',
    '--listen-port',
    `${port}`,
  ]
  const addon = join(import.meta.dir, 'substitute.py')
  const child = await start(['mitmdump', '-q', ...mode, ...own, '-s', addon], {
    cores: CORES.subject,
    ready: `${url}/`,
  })
  const clear = clearShot(url)
  const shot = { ...clear, body: clear.body.replace('4242424242424242', 'tok_bench') }
  return { shot, pid: child.pid }
}

const PORTKEY = '@portkey-ai/gateway@1.15.2'

/** Relays to another kind of API, and changes nothing in a body: a gateway in TypeScript, to see what such a one costs. */
async function portkey({ tls, caFile }: Upstream): Promise<Omit<Subject, 'name'>> {
  if (!Bun.which('npm') || !Bun.which('node')) throw new Error('not installed: node and npm')
  const folder = freshFolder()
  const environment = { PATH: process.env['PATH'] ?? '', HOME: folder }
  const { exitCode, stderr } = Bun.spawnSync(
    ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder, PORTKEY],
    { env: { ...process.env, HOME: process.env['HOME'] ?? folder }, stdout: 'ignore' },
  )
  if (exitCode !== 0) throw new Error(`npm: ${stderr.toString().trim()}`)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const program = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  const child = await start(['node', program, '--headless', `--port=${port}`], {
    cores: CORES.subject,
    env: { ...environment, NODE_EXTRA_CA_CERTS: caFile, TRUSTED_CUSTOM_HOSTS: 'localhost' },
    ready: url,
  })
  const messages = [{ role: 'user', content: clearShot(url).body }]
  return {
    pid: child.pid,
    shot: {
      url: `${url}/v1/chat/completions`,
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer sk_test_pangate',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `${tls}/v1`,
      },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages }),
      holds: 'chatcmpl-1',
    },
  }
}
