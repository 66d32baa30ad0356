/**
 * @module `pangate adapter check FILE`: everything that is wrong with an adapter, in plain words; sends nothing.
 */
import { basename } from 'node:path'
import { checkAdapter } from '../conformance/check.ts'
import { words, type Finding } from '../conformance/finding.ts'
import { RULES } from '../conformance/rules.ts'
import { ADAPTER_FILE } from '../external/load.ts'
import { BUILT_IN } from '../registry.ts'
import {
  fixturesFolder,
  loadAdapter,
  readAdapterFile,
  readFixturesOf,
  type AdapterFile,
} from './adapter_file.ts'
import type { Input } from './command.ts'
import { TemplateError } from '../templates/problems.ts'
import type { Terminal } from './terminal.ts'

/** Status 1 where there is a finding. */
export async function check(input: Input, { out }: Terminal): Promise<number> {
  const file = readAdapterFile(input.argument, 'check')
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
  const named = nameFindings(file)
  try {
    return [...(await checkAdapter(await loadAdapter(file), fixtures, file.name)), ...named]
  } catch (error) {
    return [...unloaded(file.path, error), ...named]
  }
}

/** Why it does not load, with the line of each reason: the loaders tell it. */
function unloaded(path: string, error: unknown): readonly Finding[] {
  if (error instanceof TemplateError) {
    const fix = 'mend it there; `pangate adapter eject dlocal --document` prints one that works'
    return error.problems.map(({ line, text }) => loads(`${path} line ${line}`, text, fix))
  }
  const line = error instanceof Error && 'line' in error ? ` line ${String(error.line)}` : ''
  const fix =
    'mend it there; pangate.d.ts, which `pangate adapter new` writes, explains each member'
  return [loads(path + line, words(error), fix)]
}

/** What a server would have against the file's name. */
function nameFindings({ name, path }: AdapterFile): readonly Finding[] {
  if (!ADAPTER_FILE.test(basename(path))) {
    const fix = 'rename it: at most 64 lower-case letters, digits, _ and -, beginning with a letter'
    return [loads(path, 'a server loads no file of this name', fix)]
  }
  if (!BUILT_IN.has(name)) return []
  const fix = `give it another name, or list ${name} in [adapters] replace of pangate.toml`
  return [loads(path, `${name} is built in`, fix)]
}

function loads(where: string, message: string, fix: string): Finding {
  return { rule: 'loads', where, message, fix }
}

/** What an adapter says may hold anything: no character of it may steer the terminal. */
function plain(text: string): string {
  return text.replace(/\p{C}/gu, (one) => (one === '\n' ? '\n  ' : '?'))
}
