/**
 * @module `pangate init`: a configuration, a master key and a folder for data, where there is none of them yet.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { OperatorError } from '../errors.ts'
import { databaseUrl } from '../store/location.ts'
import { generateMasterKey } from '../vault/master_key.ts'
import type { Input } from './command.ts'
import { explainedConfig } from './config_file.ts'
import type { Terminal } from './terminal.ts'

/** Writes all of it or, where one is there already, nothing. */
export async function init(input: Input, { env, out }: Terminal): Promise<number> {
  const file = input.text('config') ?? (env['PANGATE_CONFIG'] || 'pangate.toml')
  const config = resolve(file)
  const folder = dirname(config)
  const key = join(folder, 'master.key')
  const data = resolve(input.text('data') ?? join(folder, 'data'))
  const database = join(data, 'pangate.db')
  for (const path of [config, key, database]) {
    if (!existsSync(path)) continue
    throw new OperatorError(
      `${path} exists, and is not overwritten`,
      `pangate doctor --config ${file}`,
    )
  }
  const text = explainedConfig({
    server: { listen: '127.0.0.1:8420', admin_listen: '127.0.0.1:8421' },
    database: { url: databaseUrl(database) },
    vault: { master_key_file: key },
  })
  try {
    mkdirSync(folder, { recursive: true })
    mkdirSync(data, { recursive: true, mode: 0o700 })
    // `wx`: another that was written in the meantime is not overwritten either.
    writeFileSync(key, `${generateMasterKey()}\n`, { mode: 0o600, flag: 'wx' })
    writeFileSync(config, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new OperatorError(
      `the files cannot be written in ${folder}: ${code}`,
      'name a place that this user can write to by --config FILE',
    )
  }
  const named = basename(file) === file && file === 'pangate.toml' ? '' : ` --config ${file}`
  out(`wrote  ${config}`)
  out(`wrote  ${key}, readable by this user alone`)
  out(`made   ${data}`)
  out('')
  out(
    'Keep a copy of the master key away from the data: without it, nothing in the database opens.',
  )
  out('Next:')
  out(`  pangate tenant create NAME${named}`)
  out(`  pangate key create --tenant NAME --scope forward,tokens:write${named}`)
  out(`  pangate serve${named}`)
  return 0
}
