/**
 * @module The commands for those who write adapters.
 */
import type { Command } from './command.ts'
import { JSON_OUT } from './options.ts'

const AUTHOR = 'To add a PSP (see docs/adapters.md)'

export const AUTHOR_COMMANDS: readonly Command[] = [
  {
    group: AUTHOR,
    path: ['adapter', 'new'],
    argument: { name: 'NAME', doc: 'what it is called: lower-case letters, digits, _ and -' },
    summary: 'writes a small adapter that works, its recorded answers, and types for editors',
    options: {
      dir: { type: 'text', value: 'DIR', doc: 'the folder to write to; else the current one' },
      json: JSON_OUT,
    },
    run: async (...given) => (await import('./adapter_new.ts')).create(...given),
  },
  {
    group: AUTHOR,
    path: ['adapter', 'check'],
    argument: { name: 'FILE', doc: 'a .ts file, or a template in YAML, TOML or JSON' },
    summary: 'says everything that is wrong with an adapter, and what to do; sends nothing',
    details: [
      'It runs in the same sandbox as in a server, with made-up cards and secrets. What the PSP answers is read from the files in NAME.fixtures beside it.',
    ],
    options: { json: JSON_OUT },
    run: async (...given) => (await import('./adapter_check.ts')).check(...given),
  },
  {
    group: AUTHOR,
    path: ['adapter', 'pin'],
    argument: { name: 'FILE', doc: "the adapter's file" },
    summary: 'prints the lines of pangate.toml that let this very file be loaded, and no other',
    options: { json: JSON_OUT },
    run: async (...given) => (await import('./adapter_pin.ts')).pin(...given),
  },
  {
    group: AUTHOR,
    path: ['adapter', 'eject'],
    argument: { name: 'NAME', doc: 'a preset such as dlocal, or the file of a template document' },
    summary: 'prints an adapter that is a document as TypeScript that does the same',
    details: ['docs/templates.md has the language of these documents.'],
    options: { document: { type: 'flag', doc: "prints a preset's document instead, in YAML" } },
    run: async (...given) => (await import('./adapter_eject.ts')).eject(...given),
  },
]
