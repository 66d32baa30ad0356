/** @module The PSP of a bench: nginx, which answers at once, over plain HTTP and over TLS by an authority of its own. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openAuthority } from '../../src/sandbox/authority.ts'
import { freePort, freshFolder, start, type Child } from './child.ts'
import { CORES } from './machine.ts'

export interface Upstream {
  readonly plain: string
  readonly tls: string
  readonly tlsPort: number
  readonly caFile: string
  /** Its certificate and key, for another PSP of the same authority. */
  readonly cert: string
  readonly key: string
  readonly child: Child
}

/** The answer to a charge, as long as a short one of a PSP. */
export const ANSWER = JSON.stringify({
  id: 'ch_3MtwBwLkdIwHu7ix28a3tqPa',
  object: 'charge',
  amount: 2000,
  currency: 'usd',
  status: 'succeeded',
  captured: true,
  network: 'visa',
})

/** Of Portkey's kind of PSP. */
const COMPLETION = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1700000000,
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 },
})

/** Paths and what they answer; those of adapters as their recorded answers have it. */
const ANSWERS: Readonly<Record<string, () => string>> = {
  '/': () => ANSWER,
  '/v1/payment_intents': () => recorded('stripe'),
  '/api/process': () => recorded('praxis'),
  '/v1/chat/completions': () => COMPLETION,
}

/** What every nginx of a bench has in common: one process, no log, connections that stay. */
export function nginxConf(folder: string, http: string): string {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log stderr crit;
events { worker_connections 16384; multi_accept on; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; tcp_nodelay on;
${places.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
${http} }\n`
}

/** Starts nginx with a configuration. */
export async function startNginx(
  folder: string,
  http: string,
  cores: string,
  ready: string,
): Promise<Child> {
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, nginxConf(folder, http))
  return start(['nginx', '-p', folder, '-c', file], { cores, ready })
}

export async function startUpstream(): Promise<Upstream> {
  const folder = freshFolder()
  const [plainPort, tlsPort] = [await freePort(), await freePort()]
  const authority = await openAuthority(folder)
  const [cert, key] = [join(folder, 'psp.pem'), join(folder, 'psp.key')]
  writeFileSync(cert, authority.leaf.cert)
  writeFileSync(key, authority.leaf.key, { mode: 0o600 })
  const locations = Object.entries(ANSWERS).map(
    ([path, answer]) =>
      `location ${path === '/' ? '' : '= '}${path} { default_type application/json; return 200 '${answer()}'; }`,
  )
  const plain = `http://127.0.0.1:${plainPort}`
  const http = `server { listen 127.0.0.1:${plainPort} backlog=8192; listen 127.0.0.1:${tlsPort} ssl backlog=8192;
ssl_certificate ${cert}; ssl_certificate_key ${key}; ssl_session_cache shared:S:10m; ssl_protocols TLSv1.2 TLSv1.3;
client_max_body_size 2m; ${locations.join('\n')} }`
  const child = await startNginx(folder, http, CORES.psp, plain)
  const { caFile } = authority
  return { plain, tls: `https://localhost:${tlsPort}`, tlsPort, caFile, cert, key, child }
}

function recorded(adapter: string): string {
  const path = join(import.meta.dir, `../../test/fixtures/${adapter}/purchase.approved.json`)
  const { body }: { body: unknown } = JSON.parse(readFileSync(path, 'utf8'))
  const text = JSON.stringify(body)
  // It stands in quotes in a configuration of nginx, where $ begins a variable.
  if (/['$\\]/.test(text)) throw new Error(`the answer of ${adapter} cannot be given by nginx`)
  return text
}
