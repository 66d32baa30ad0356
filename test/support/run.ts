/**
 * @module The folder of one test run: what the tests and the programs they start write goes here, and is searched afterwards.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where the values to search for are listed, one JSON object a line; the one file that is not searched. */
export const CANARIES = 'canaries.jsonl'

let own: string | null = null

/** The run's folder: `PANGATE_TEST_RUN` under `bun run check`, else one that goes away with this process. */
export function runFolder(): string {
  const given = process.env['PANGATE_TEST_RUN']
  if (given) {
    mkdirSync(given, { recursive: true })
    return given
  }
  if (own === null) {
    const made = mkdtempSync(join(tmpdir(), 'pangate-test-'))
    process.on('exit', () => rmSync(made, { recursive: true, force: true }))
    own = made
  }
  return own
}

/** A new empty folder in the run's folder, for databases, logs and configuration. */
export function freshFolder(name: string): string {
  return mkdtempSync(join(runFolder(), `${name}-`))
}

/** Keeps what a test saw (an answer, a log line, a record) among what is searched. */
export function evidence(name: string, content: string | Uint8Array): void {
  writeFileSync(join(freshFolder('evidence'), name), content)
}

/** Adds a value to the list of what must not be found. */
export function register(entry: Canary): void {
  appendFileSync(join(runFolder(), CANARIES), `${JSON.stringify(entry)}\n`)
}

/** A value that must not be written anywhere, and the test file it belongs to. */
export interface Canary {
  readonly kind: 'number' | 'cvc' | 'secret'
  readonly value: string
  readonly from: string
}
