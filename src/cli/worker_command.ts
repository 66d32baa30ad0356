/**
 * @module The command by which `pangate serve` starts its workers. It is in no help: nobody types it.
 */
import type { Command } from './command.ts'

/** The word it is called by. */
export const WORKER = 'serve-worker'

export const WORKER_COMMAND: Command = {
  group: '',
  path: [WORKER],
  argument: { name: 'N', doc: 'its number' },
  summary: 'serves, under the process that started it',
  options: {},
  run: async (...given) => (await import('./worker.ts')).worker(...given),
}
