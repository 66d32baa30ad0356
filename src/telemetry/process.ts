/**
 * @module What the process itself uses: memory, processor, file descriptors, and how late its timers are.
 */
import { readdirSync } from 'node:fs'
import type { Metrics } from './metrics.ts'

const EVERY_MS = 500

/** Watches until it is stopped. */
export function watchProcess(metrics: Metrics): { stop(): void } {
  metrics.watch('pangate_processes', () => 1)
  // Of a clock that nobody can set.
  metrics.watch('pangate_uptime_seconds', () => process.uptime())
  metrics.watch('process_resident_memory_bytes', () => process.memoryUsage.rss())
  metrics.watch('process_cpu_seconds_total', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  metrics.watch('process_open_fds', openFiles)
  const delay = metrics.histogram('pangate_event_loop_delay_seconds')
  let due = performance.now() + EVERY_MS
  const timer = setInterval(() => {
    const now = performance.now()
    delay.add(Math.max(0, now - due) / 1000)
    due = now + EVERY_MS
  }, EVERY_MS)
  // A program that has nothing else to do may end.
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

/** None where the system does not tell. */
function openFiles() {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return []
  }
}
