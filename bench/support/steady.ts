/** @module A steady load by a program of its own, pinned: see open_loop.ts. */
import { join } from 'node:path'
import { CORES } from './machine.ts'
import type { OpenLoopResult, OpenLoopSettings } from './open_loop.ts'
import type { Shot } from './shots.ts'

/** Sends a shot at a rate, for so many seconds after those that warm up. */
export async function steady(
  { url, headers, body }: Shot,
  options: Pick<OpenLoopSettings, 'rate' | 'seconds' | 'warm' | 'ca'>,
): Promise<OpenLoopResult> {
  const settings: OpenLoopSettings = { url, headers, body, ...options }
  const program = join(import.meta.dir, 'open_loop.ts')
  const child = Bun.spawn(
    ['taskset', '-c', CORES.load, process.execPath, program, JSON.stringify(settings)],
    { stdout: 'pipe', stderr: 'inherit', env: { PATH: process.env['PATH'] ?? '' } },
  )
  const text = await new Response(child.stdout).text()
  // It prints this very type.
  return JSON.parse(text) as OpenLoopResult
}
