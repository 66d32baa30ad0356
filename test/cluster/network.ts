/**
 * @module Two machines in one: a network of the run's own, and in it a second one for a node that is far away, by two cables that can be cut.
 */
import { spawnSync } from 'node:child_process'

/** Where the load balancer and the PSP are, and how the far node is reached by it. */
export const FRONT = { here: '10.77.1.1', far: '10.77.1.2' } as const
/** Where the database and Redis are. */
export const BACK = { here: '10.77.2.1', far: '10.77.2.2' } as const
export type Cable = 'front' | 'back'

const CABLES = { front: FRONT, back: BACK } as const
const FAR = 'far'
const INSIDE = 'PANGATE_CLUSTER_INSIDE'
/** An Ethernet address that nobody has: what is sent to it is lost, and nobody is told. */
const NOBODY = '02:00:00:00:00:99'

/** Names of interfaces on this side and on the far one. */
const ends = (cable: Cable) => ({ here: cable, there: `${cable}0` })

const SETUP = [
  // For the names of networks, so that none is left behind.
  'mount -t tmpfs tmpfs /run',
  'ip link set lo up',
  `ip netns add ${FAR}`,
  `ip -n ${FAR} link set lo up`,
  ...Object.entries(CABLES).flatMap(([cable, { here, far }]) => [
    `ip link add ${cable} type veth peer name ${cable}0 netns ${FAR}`,
    `ip addr add ${here}/24 dev ${cable}`,
    `ip link set ${cable} up`,
    `ip -n ${FAR} addr add ${far}/24 dev ${cable}0`,
    `ip -n ${FAR} link set ${cable}0 up`,
  ]),
]

/** Whether this process is in such a network. */
export const isInside = (): boolean => process.env[INSIDE] === '1'

/** Why there can be none; null where there can. */
export function noNetwork(): string | null {
  if (process.platform !== 'linux') return 'no networks of its own: this is not Linux'
  for (const program of ['unshare', 'ip', 'mount']) {
    if (Bun.which(program) === null) return `no networks of its own: ${program} is not installed`
  }
  const { status, stderr } = spawnSync('unshare', inside(['true']).slice(1), { encoding: 'utf8' })
  return status === 0
    ? null
    : `no networks of its own: ${stderr.trim() || 'unshare is not permitted'}`
}

/** A command, to be run in such a network; nothing in it can leave the machine. */
export function inside(command: readonly string[]): string[] {
  // Who is not root becomes it in a user namespace.
  const user = process.getuid?.() === 0 ? [] : ['--map-root-user']
  const script = `${SETUP.join(' && ')} && exec "$@"`
  return ['unshare', '--net', '--mount', ...user, 'sh', '-c', script, 'sh', ...command]
}

/** The environment for it. */
export const insideEnv = { [INSIDE]: '1' } as const

/** What a command of the far machine begins with. */
export function farWrapper(): readonly string[] {
  return [Bun.which('ip') ?? 'ip', 'netns', 'exec', FAR]
}

/** Loses all that goes over the cable, both ways, without a word: connections stay and hear nothing. */
export function cut(cable: Cable): void {
  const { here, there } = ends(cable)
  const address = CABLES[cable]
  ip('neigh', 'replace', address.far, 'lladdr', NOBODY, 'dev', here, 'nud', 'permanent')
  ip(
    '-n',
    FAR,
    'neigh',
    'replace',
    address.here,
    'lladdr',
    NOBODY,
    'dev',
    there,
    'nud',
    'permanent',
  )
}

/** Makes it whole again. */
export function mend(cable: Cable): void {
  const { here, there } = ends(cable)
  const address = CABLES[cable]
  ip('neigh', 'del', address.far, 'dev', here)
  ip('-n', FAR, 'neigh', 'del', address.here, 'dev', there)
}

function ip(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`)
}
