/**
 * @module A disk of a few megabytes for the data of an executable, in a mount namespace of its own, that a test fills and empties.
 */
import { appendFileSync, cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Installed, Served } from './installed.ts'

export interface SmallDisk {
  readonly served: Served
  /** Fills it to the last byte. */
  fill(): void
  /** Takes away what filled it. */
  empty(): void
  /** Copies the data as it is now to a folder of the test. */
  copyTo(folder: string): void
}

/** As whoever is root there; who is not becomes it in a user namespace. */
const UNSHARE = [
  '/usr/bin/unshare',
  '--mount',
  ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
]

/** The data is copied to the new disk, which then stands in its place; the program keeps the process id. */
const SETUP = `PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir "$0/small" && mount -t tmpfs -o size=4m tmpfs "$0/small" &&
cp -a "$0/data/." "$0/small/" && mount --bind "$0/small" "$0/data" && exec "$@"`

/** Why there can be none; null where there can. */
export function noSmallDisk(): string | null {
  if (process.platform !== 'linux') return 'this is not Linux'
  const script = 'mount -t tmpfs -o size=1m tmpfs /mnt'
  const { exitCode, stderr } = Bun.spawnSync([...UNSHARE, 'sh', '-c', script])
  return exitCode === 0 ? null : stderr.toString().trim() || 'no file system can be mounted'
}

/** Serves an installation from such a disk. */
export async function serveOnSmallDisk(
  installed: Installed,
  env: Readonly<Record<string, string>> = {},
): Promise<SmallDisk> {
  const served = await installed.serve(env, [...UNSHARE, '/bin/sh', '-c', SETUP, installed.dir])
  // The folder as the program sees it.
  const data = join('/proc', String(served.program.pid), 'root', installed.dir, 'data')
  const filler = join(data, 'filler')
  return {
    served,
    fill() {
      for (const size of [65_536, 1024, 1]) {
        while (append(filler, size));
      }
    },
    empty: () => rmSync(filler, { force: true }),
    copyTo: (folder) => cpSync(data, folder, { recursive: true }),
  }
}

/** Whether there was room. */
function append(file: string, size: number): boolean {
  try {
    appendFileSync(file, Buffer.alloc(size))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}
