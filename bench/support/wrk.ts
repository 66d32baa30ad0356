/** @module As many requests as will go, by wrk: a fixed number of connections, each with one request at a time. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freshFolder } from './child.ts'
import { CORES } from './machine.ts'
import { TURN, type Shot } from './shots.ts'

export interface Load {
  readonly requests: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Answers that were no success, and connections that failed. */
  readonly errors: number
}

/** Runs it. The first to be called with a shot should have tried it. */
export async function saturate(shot: Shot, connections: number, seconds: number): Promise<Load> {
  const script = join(freshFolder(), 'shot.lua')
  writeFileSync(script, lua(shot))
  const child = Bun.spawn(
    [
      ...['taskset', '-c', CORES.load, 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`],
      ...['--timeout', '10s', '-s', script, shot.url],
    ],
    { stdout: 'pipe', stderr: 'pipe', env: { PATH: process.env['PATH'] ?? '' } },
  )
  const text = await new Response(child.stdout).text()
  const line = /^RESULT (.*)$/m.exec(text)?.[1]
  if (line === undefined) throw new Error(`wrk: ${text}${await new Response(child.stderr).text()}`)
  const [requests = 0, us = 1, p50 = 0, p99 = 0, errors = 0] = line.split(' ').map(Number)
  return { requests, perSecond: (requests / us) * 1e6, p50: p50 / 1000, p99: p99 / 1000, errors }
}

function lua({ headers, body, unique, turns = [] }: Shot): string {
  const text = (value: string): string =>
    `"${value.replace(/["\\\n]/g, (one) => `\\${one === '\n' ? 'n' : one}`)}"`
  const set = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${text(name)}] = ${text(value)}`,
  )
  const cycle =
    turns.length === 0
      ? ''
      : `local bodies, at = {}, 0
for _, value in ipairs({ ${turns.map(text).join(', ')} }) do
  bodies[#bodies + 1] = (string.gsub(wrk.body, '${TURN}', value))
end
request = function()
  at = at % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[at])
end`
  const each =
    unique === undefined
      ? cycle
      : `local run, count = ${text(crypto.randomUUID())}, 0
request = function()
  count = count + 1
  wrk.headers[${text(unique)}] = run .. "-" .. count
  return wrk.format()
end`
  return `wrk.method = "POST"
wrk.body = ${text(body)}
${set.join('\n')}
${each}
done = function(summary, latency)
  local e = summary.errors
  print(string.format("RESULT %d %d %.0f %.0f %d", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
`
}
