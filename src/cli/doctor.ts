/**
 * @module `pangate doctor`: every reason why this would not run, all at once, each with the next command to type.
 */
import { readConfig, type Config } from '../config.ts'
import { OperatorError } from '../errors.ts'
import { readMasterKey, type MasterKey } from '../vault/master_key.ts'
import type { Input } from './command.ts'
import { checkAdapters } from './doctor_adapters.ts'
import { checkAuthorities, checkDatabase, checkPorts, checkProxies } from './doctor_checks.ts'
import { finding, refused, type Finding } from './doctor_finding.ts'
import { checkSessions } from './doctor_sessions.ts'
import { forbiddenVariables } from './environment.ts'
import { configFile } from './installation.ts'
import type { Terminal } from './terminal.ts'

/** Runs every check that can be run, and changes nothing. Status 1 where one finding is fatal. */
export async function doctor(input: Input, { env, out }: Terminal): Promise<number> {
  const { config, found } = checkConfig(input, env)
  const all: Finding[] = [...checkEnvironment(env, config), ...found]
  if (config) {
    const master = checkMasterKey(config, all)
    const { adapters, found: loaded } = await checkAdapters(config)
    all.push(...loaded, ...(await checkDatabase(config, master, adapters)))
    all.push(...(await checkSessions(config)))
    all.push(...checkAuthorities(config))
    all.push(...(await checkPorts(config)))
    all.push(...(await checkProxies(config)))
  }
  if (input.flag('json')) out(JSON.stringify(all))
  else {
    for (const { level, check, message, next } of all) {
      out(`${level.padEnd(7)}  ${check}: ${message}`)
      if (next !== null) out(`         next: ${next}`)
    }
  }
  return all.some(({ level }) => level === 'fatal') ? 1 : 0
}

function checkEnvironment(env: Terminal['env'], config: Config | null): readonly Finding[] {
  const check = 'environment'
  const found = forbiddenVariables(env, config)
  if (found.length === 0) return [finding('ok', check, 'nothing in it changes the runtime')]
  return found.map(({ name, reason }) =>
    finding('fatal', check, `${name} is set: it ${reason}`, `unset ${name}`),
  )
}

function checkConfig(
  input: Input,
  env: Terminal['env'],
): { readonly config: Config | null; readonly found: readonly Finding[] } {
  const check = 'configuration'
  try {
    const file = configFile(input, env)
    const { config, warnings } = readConfig(file, env)
    const told = warnings.map((text) => {
      const [message = '', next = 'chmod 600 the file'] = text.split(': ')
      return finding('warning', check, message, next)
    })
    return { config, found: [finding('ok', check, file ?? 'the environment alone'), ...told] }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    const found = error.message
      .split('\n')
      .map((line) => finding('fatal', check, line, error.next.replace(/ and run `.*`$/, '')))
    return { config: null, found }
  }
}

const NEXT = 'pangate unseal, where the server starts sealed'

/** The key, or null where there is none; what was found goes to `all`. */
function checkMasterKey(config: Config, all: Finding[]): MasterKey | null {
  if (config.vault.custody === 'shares') {
    all.push(finding('note', 'master key', 'it is in shares, which are not asked for here', NEXT))
    return null
  }
  try {
    const master = readMasterKey(config.vault)
    all.push(finding('ok', 'master key', `its id is ${master.id}`))
    return master
  } catch (error) {
    all.push(refused('master key', error))
    return null
  }
}
