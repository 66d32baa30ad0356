/**
 * @module Proxies as they stand in front of Pangate, nginx and HAProxy, on a free port of loopback: they keep connections to it, and
 * refuse one path themselves.
 */
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { leashed } from './leash.ts'
import { freePort } from './ports.ts'
import { freshFolder } from './run.ts'

export interface Front {
  readonly port: number
  stop(): Promise<void>
}

/** The path that a front answers with 403 by itself, and never hands on. */
export const FORBIDDEN = '/healthz'

/** The command for a configuration of this port, in front of another, whose files go to a folder. */
type Kind = (dir: string, port: number, behind: number) => readonly string[]

/** As in docs/operate.md, with connections to Pangate that are kept, and without TLS: what is cut is what it holds. */
const nginx: Kind = (dir, port, behind) => {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${dir}/${name};`)
    .join('\n  ')
  const file = join(dir, 'nginx.conf')
  writeFileSync(
    file,
    `daemon off;
master_process off;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log;
events { worker_connections 512; }
http {
  ${temporary}
  access_log off;
  upstream pangate { server 127.0.0.1:${behind}; keepalive 1; }
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 1m;
    client_body_buffer_size 1m;
    client_body_timeout 1s;
    proxy_request_buffering off;
    proxy_max_temp_file_size 0;
    proxy_next_upstream off;
    proxy_read_timeout 150s;
    location = ${FORBIDDEN} { return 403; }
    location / {
      proxy_pass http://pangate;
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`,
  )
  return ['nginx', '-p', dir, '-e', join(dir, 'error.log'), '-c', file]
}

/** `http-reuse always`: requests of different callers follow each other on one connection. */
const haproxy: Kind = (dir, port, behind) => {
  const file = join(dir, 'haproxy.cfg')
  writeFileSync(
    file,
    `global
  maxconn 512
defaults
  mode http
  timeout connect 2s
  timeout client 2s
  timeout http-request 1s
  timeout server 150s
  http-reuse always
frontend callers
  bind 127.0.0.1:${port}
  http-request deny deny_status 403 if { path ${FORBIDDEN} }
  option forwardfor
  default_backend pangate
backend pangate
  server pangate 127.0.0.1:${behind} pool-max-conn 1
`,
  )
  return ['haproxy', '-db', '-f', file]
}

/** Those that can be tried. */
export const FRONTS = { nginx, haproxy } as const satisfies Record<string, Kind>

/** Where programs of the system lie that are not in everybody's path. */
const PATHS = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` }
const STARTED_MS = 10_000

/** Why one cannot be tried; null where it can. Printed once, by whoever skips. */
export function noFront(name: keyof typeof FRONTS): string | null {
  return Bun.which(name, PATHS) === null ? `${name} is not installed` : null
}

/** Starts one in front of a port, and waits until it takes connections. */
export async function startFront(name: keyof typeof FRONTS, behind: number): Promise<Front> {
  const dir = freshFolder(name)
  const port = await freePort()
  const [, ...args] = FRONTS[name](dir, port, behind)
  const child = Bun.spawn(leashed([Bun.which(name, PATHS) ?? name, ...args]), {
    cwd: dir,
    stdin: 'ignore',
    stdout: Bun.file(join(dir, 'stdout.log')),
    stderr: Bun.file(join(dir, 'stderr.log')),
  })
  const until = performance.now() + STARTED_MS
  while (!(await accepts(port))) {
    if (child.exitCode !== null || performance.now() > until) {
      child.kill('SIGKILL')
      throw new Error(`${name} did not start; its log is in ${dir}`)
    }
    // It tells nobody that it listens; only a connection shows it.
    await Bun.sleep(20)
  }
  return {
    port,
    async stop() {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
