/**
 * @module Several programs that serve as one: copies of one installation, with the same master key and the same Redis.
 */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { canaryCard } from '../support/canary.ts'
import { caller, install, type Installed, type Reply, type Served } from '../support/installed.ts'
import { startWire, type Wire } from '../support/wire.ts'

export interface Node {
  readonly served: Served
  readonly token: string
  /** Makes a CVC session, for any token. */
  session(cvc: string): Promise<Reply>
  /** Sends a card, with the code of a session where one is given. */
  forward(session?: string): Promise<Reply>
}

export interface Nodes {
  readonly wire: Wire
  readonly installed: readonly Installed[]
  /** Starts one of them; `env` wins over what all have. */
  serve(
    at: number,
    env?: Readonly<Record<string, string>>,
    wrapper?: readonly string[],
  ): Promise<Node>
}

/** Installs so many, all with the first one's database and master key, at one PSP. */
export async function openNodes(
  count: number,
  common: Readonly<Record<string, string>>,
): Promise<Nodes> {
  const wire = await startWire()
  const installed: Installed[] = []
  for (let at = 0; at < count; at++) {
    const one = await install(wire)
    installed.push(one)
    for (const part of ['master.key', 'data']) {
      if (at > 0)
        cpSync(join(installed[0]?.dir ?? '', part), join(one.dir, part), { recursive: true })
    }
  }
  const [first] = installed
  if (!first) throw new Error('at least one')
  return {
    wire,
    installed,
    async serve(at, env = {}, wrapper = []) {
      const own = installed[at] ?? first
      const { program, url } = await own.serve({ ...common, ...env }, wrapper)
      const served: Served = { program, url, call: caller(url, first.key) }
      const card = { number: canaryCard(), exp_month: 12, exp_year: 2034 }
      const made = await served.call('POST', '/v1/tokens', { type: 'card', card })
      const token = made.textAt('id')
      const plain = { number: '{{ card.number }}' }
      return {
        served,
        token,
        session: (cvc) => served.call('POST', '/v1/cvc-sessions', { cvc }),
        forward: (session) =>
          served.call('POST', '/v1/forward', {
            token,
            ...(session !== undefined && { cvc_session: session }),
            request: {
              url: `${wire.url}/pay`,
              body: session === undefined ? plain : { ...plain, cvc: '{{ card.cvc }}' },
            },
          }),
      }
    },
  }
}
