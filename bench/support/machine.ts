/** @module The machine: what it is, which core does what, and what a process uses of it. */
import { readFileSync, readdirSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { version } from '../../package.json'

/** Which cores are whose. With two, the load and the PSP share one; the subject has its own in any case. */
export const CORES = ((): {
  readonly subject: string
  readonly load: string
  readonly psp: string
} => {
  const count = cpus().length
  if (count >= 4) return { subject: '0', load: '1', psp: '2' }
  return count >= 2 ? { subject: '0', load: '1', psp: '1' } : { subject: '0', load: '0', psp: '0' }
})()

/** The machine and the versions of what was measured, a line each. No name of a host, no path. */
export function surroundings(): readonly string[] {
  const [cpu] = cpus()
  const shared = CORES.load === CORES.psp ? 'the load and the PSP share core' : 'the load on core'
  return [
    `Machine: ${cpu?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    `Cores: what is measured on core ${CORES.subject}; ${shared} ${CORES.load}`,
    `Versions: Pangate ${version}, Bun ${Bun.version}, ${firstLine('nginx', '-v')}, ${firstLine('wrk', '-v').replace(/ \[.*/, '')}`,
    `Date: ${new Date().toISOString().slice(0, 10)}`,
  ]
}

/** The first line of what a program says of itself; empty where there is no such program. */
export function firstLine(command: string, ...args: readonly string[]): string {
  if (!Bun.which(command)) return ''
  const { stdout, stderr } = Bun.spawnSync([command, ...args])
  const text = `${stdout.toString()}\n${stderr.toString()}`.trim()
  return (text.split('\n')[0] ?? '').replace(/^nginx version: /, '').trim()
}

/** Ends the bench where a program is missing, with the command that installs it. */
export function need(...commands: readonly string[]): void {
  const missing = commands.filter((command) => !Bun.which(command))
  if (missing.length === 0) return
  const packages: Readonly<Record<string, string>> = {
    taskset: 'util-linux',
    h2load: 'nghttp2-client',
  }
  console.error(
    `missing: ${missing.join(', ')}\nnext: apt-get install -y ${missing.map((name) => packages[name] ?? name).join(' ')}`,
  )
  process.exit(1)
}

/** A process and all below it. */
function family(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
  )
  return [pid, ...children.flatMap(family)]
}

/** Processor time, user and system, of a process and those below it, in microseconds. */
export function cpuMicroseconds(pid: number): number {
  // Clock ticks of Linux' interface to users are 10 ms.
  return family(pid).reduce((sum, one) => {
    // The name in brackets may hold spaces.
    const fields = read(`/proc/${one}/stat`)
      .replace(/^.*\) /s, '')
      .split(' ')
    return sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10_000
  }, 0)
}

/** Ticks of each core since the start of the machine: those in which it did something, and all. */
export function coresBusy(): readonly { readonly busy: number; readonly all: number }[] {
  return read('/proc/stat')
    .split('\n')
    .filter((line) => /^cpu\d/.test(line))
    .map((line) => {
      const ticks = line.split(/ +/).slice(1, 9).map(Number)
      const all = ticks.reduce((sum, one) => sum + one, 0)
      // Idle, and waiting for a disk.
      return { all, busy: all - (ticks[3] ?? 0) - (ticks[4] ?? 0) }
    })
}

/** Resident memory of a process and those below it, in MB (10^6 bytes). */
export function residentMb(pid: number): number {
  return family(pid).reduce((sum, one) => {
    const kb = /VmRSS:\s+(\d+) kB/.exec(read(`/proc/${one}/status`))?.[1]
    return sum + (Number(kb ?? 0) * 1024) / 1e6
  }, 0)
}

/** Open file descriptors of a process. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Connections that this machine opened since its start. */
export function connectionsOpened(): number {
  const [names, values] = read('/proc/net/snmp')
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
  const at = names?.split(' ').indexOf('ActiveOpens') ?? -1
  return Number(values?.split(' ')[at] ?? 0)
}

/** Empty where the process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
