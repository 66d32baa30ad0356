/**
 * @module `pangate unseal`: gives a share to a server that started sealed.
 */
import { request } from 'node:http'
import type { Config } from '../config.ts'
import { OperatorError } from '../errors.ts'
import { askShare } from './ask_share.ts'
import type { Input } from './command.ts'
import { configOf } from './installation.ts'
import type { Terminal } from './terminal.ts'

interface State {
  readonly sealed?: boolean
  readonly have?: number
  readonly need?: number
  readonly message?: string
}

/** Asks for one share without showing it, and sends it to the admin listener. */
export async function unseal(input: Input, terminal: Terminal): Promise<number> {
  const { env, out } = terminal
  const { config } = configOf(input, env)
  const { admin_listen } = config.server
  const before = await call(admin_listen, 'GET')
  if (before === null) {
    out('it is not sealed')
    return 0
  }
  const share = input.flag('reset') ? null : await askShare(terminal)(`Share${progress(before)}`)
  const body = share === null ? { reset: true } : { share }
  const after = await call(admin_listen, 'POST', JSON.stringify(body))
  if (after?.message !== undefined) {
    throw new OperatorError(after.message, 'pangate unseal, with another share')
  }
  if (after?.sealed === false) out('unsealed: it serves')
  else out(`sealed${after ? progress(after) : ''}`)
  return 0
}

function progress({ have = 0, need = 0 }: State): string {
  return need === 0 ? '' : `: ${have} of ${need} given`
}

/** What the listener answers; null where it is not sealed. By node:http, because fetch would obey proxies of the environment. */
function call(
  { host, port }: Config['server']['admin_listen'],
  method: string,
  body = '',
): Promise<State | null> {
  const away = (): OperatorError =>
    new OperatorError(`nothing answers on ${host}:${port}`, 'pangate serve')
  return new Promise((resolve, reject) => {
    const sent = request(
      { host, port, method, path: '/unseal', headers: { 'content-type': 'application/json' } },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', () => reject(away()))
        response.on('end', () => {
          if (response.statusCode === 404) return resolve(null)
          resolve(stateOf(Buffer.concat(chunks).toString('utf8')))
        })
      },
    )
    sent.on('error', () => reject(away()))
    sent.end(body)
  })
}

function stateOf(text: string): State {
  try {
    // Of our own listener; every member is looked at as something that may not be there.
    const value = JSON.parse(text) as State & { readonly error?: State }
    return value.error ?? value
  } catch {
    return { message: 'what answers there is no pangate' }
  }
}
