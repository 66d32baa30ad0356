/**
 * @module `pangate adapter check FILE`: everything that is wrong with an adapter, in plain words; sends nothing.
 */
import { checkAdapter } from '../conformance/check.ts'
import { words, type Finding } from '../conformance/finding.ts'
import { RULES } from '../conformance/rules.ts'
import { OperatorError } from '../errors.ts'
import { BUILT_IN } from '../registry.ts'
import {
  fixturesFolder,
  loadAdapter,
  readAdapterFile,
  readFixturesOf,
  type AdapterFile,
} from './adapter_file.ts'
import type { Input } from './command.ts'
import type { Terminal } from './terminal.ts'

/** Status 1 where there is a finding. */
export async function check(input: Input, { out }: Terminal): Promise<number> {
  const file = readAdapterFile(input.argument)
  const fixtures = readFixturesOf(file)
  const findings = await findingsOf(file, fixtures)
  if (input.flag('json')) {
    out(JSON.stringify({ file: file.path, conforms: findings.length === 0, findings }))
  } else {
    for (const { rule, where, message, fix } of findings) {
      out(`${where}: ${plain(message)}  [${rule}]\n  do: ${plain(fix)}\n`)
    }
    const recorded = [fixtures.answers, fixtures.notifications, fixtures.sessions].flat().length
    const checked = `${RULES.length} rules, ${recorded} recorded answers in ${fixturesFolder(file)}`
    out(
      findings.length === 0
        ? `${file.path} conforms: ${checked}.`
        : `${file.path} does not conform: ${findings.length} finding${findings.length === 1 ? '' : 's'}.`,
    )
  }
  return findings.length === 0 ? 0 : 1
}

async function findingsOf(
  file: AdapterFile,
  fixtures: ReturnType<typeof readFixturesOf>,
): Promise<readonly Finding[]> {
  try {
    const found = await checkAdapter(await loadAdapter(file), fixtures, file.name)
    return BUILT_IN.has(file.name) ? [...found, taken(file)] : found
  } catch (error) {
    if (error instanceof OperatorError) throw error
    // The loaders tell the line.
    const line = error instanceof Error && 'line' in error ? ` line ${String(error.line)}` : ''
    const fix = 'mend it there; docs/adapters.md has the contract from the start'
    return [{ rule: 'loads', where: file.path + line, message: words(error), fix }]
  }
}

/** A file is loaded in the place of a built-in adapter only where the operator says so. */
function taken({ name, path }: AdapterFile): Finding {
  const fix = `give it another name, or list ${name} in [adapters] replace of pangate.toml`
  return { rule: 'loads', where: path, message: `${name} is built in`, fix }
}

/** What an adapter says may hold anything: no character of it may steer the terminal. */
function plain(text: string): string {
  return text.replace(/\p{C}/gu, (one) => (one === '\n' ? '\n  ' : '?'))
}
