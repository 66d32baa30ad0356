/**
 * @module Every command there is. What a command does is loaded when it is called, so that each starts at once.
 */
import { AUDIT_COMMANDS } from './audit_commands.ts'
import { AUTHOR_COMMANDS } from './author_commands.ts'
import type { Command, Option } from './command.ts'
import { KEY_COMMANDS } from './key_commands.ts'
import {
  CONFIG,
  CREDENTIAL,
  DATA,
  JSON_OUT,
  SCOPE_LINES,
  TENANT,
  TENANT_REQUIRED,
} from './options.ts'

const TRY = 'To try it'
const RUN = 'To run it'
const SETUP = 'To set it up (the same as the API does; the server may be running)'
const KNOW = 'To know more'

const LIST = { tenant: { ...TENANT, doc: 'of this tenant alone' }, json: JSON_OUT, config: CONFIG }
const REMOVE = { tenant: { ...TENANT, doc: 'must belong to this tenant' }, config: CONFIG }
const ADAPTERS: Option = {
  type: 'text',
  value: 'DIR',
  doc: 'a folder with adapters of your own; changes are followed',
}
const port = (doc: string): Option => ({ type: 'text', value: 'N', doc })
const id = (doc: string) => ({ name: 'ID', doc })

export const COMMANDS: readonly Command[] = [
  {
    group: TRY,
    path: ['dev'],
    summary: 'everything on loopback: gateway, PSP sandbox, a tenant, a key, a stored test card',
    details: [
      'Prints curl lines that work as printed. The data stays in its folder, with a pangate.toml that other commands take by --config.',
    ],
    options: {
      port: port(
        'where the gateway listens: 8420, or a free port where that is taken; 0: a free one',
      ),
      data: { ...DATA, doc: 'where data is kept; else ./pangate-data' },
      adapters: ADAPTERS,
      json: { type: 'flag', doc: 'prints one line of JSON when ready, and nothing else' },
      demo: { type: 'flag', doc: 'stores a card, forwards it in two ways and shows the answers' },
      once: { type: 'flag', doc: 'ends when it has shown that' },
    },
    run: async (...given) => (await import('./dev.ts')).dev(...given),
  },
  {
    group: TRY,
    path: ['sandbox'],
    summary:
      'the PSP sandbox alone: behaves like the card endpoints of Stripe, with its test cards',
    options: {
      port: port('where it listens; else 8422; 0: a free one'),
      data: { ...DATA, doc: 'where its certificates are kept; else a new temporary folder' },
      json: { type: 'flag', doc: 'prints one line of JSON when ready' },
    },
    run: async (...given) => (await import('./sandbox.ts')).sandbox(...given),
  },
  {
    group: RUN,
    path: ['init'],
    summary: 'writes pangate.toml, a master key and a folder for data; overwrites nothing',
    options: {
      config: { ...CONFIG, doc: 'the file to write, the key beside it; else ./pangate.toml' },
      data: { ...DATA, doc: 'the folder for data; else data beside the configuration' },
    },
    run: async (...given) => (await import('./init.ts')).init(...given),
  },
  {
    group: RUN,
    path: ['serve'],
    summary: 'serves; logs to standard error',
    details: [
      'SIGTERM and SIGINT stop it when what is under way is done, a second one at once. With [server] workers above 1, SIGHUP and SIGUSR2 replace the workers one after the other, by the configuration as it is then.',
    ],
    options: { config: CONFIG },
    run: async (...given) => (await import('./serve.ts')).serveCommand(...given),
  },
  {
    group: RUN,
    path: ['doctor'],
    summary: 'every reason why it would not run, with the next command to type',
    options: { json: JSON_OUT, config: CONFIG },
    run: async (...given) => (await import('./doctor.ts')).doctor(...given),
  },
  {
    group: SETUP,
    path: ['tenant', 'create'],
    argument: { name: 'NAME', doc: 'what you call the merchant' },
    summary: 'makes a tenant: a merchant, who owns all that follows',
    options: { json: JSON_OUT, config: CONFIG },
    run: async (...given) => (await import('./tenant.ts')).create(...given),
  },
  {
    group: SETUP,
    path: ['tenant', 'list'],
    summary: 'lists tenants',
    options: { json: JSON_OUT, config: CONFIG },
    run: async (...given) => (await import('./tenant.ts')).list(...given),
  },
  ...(['key', 'client'] as const).flatMap((kind): readonly Command[] => {
    const noun = kind === 'key' ? 'API key' : 'OAuth client'
    return [
      {
        group: SETUP,
        path: [kind, 'create'],
        summary: `makes an ${noun}; its secret is shown once`,
        details: ['What it may do:', SCOPE_LINES],
        options: CREDENTIAL,
        run: async (...given) => (await import('./credential.ts')).create(kind, ...given),
      },
      {
        group: SETUP,
        path: [kind, 'list'],
        summary: `lists ${noun}s, revoked ones too`,
        options: LIST,
        run: async (...given) => (await import('./credential.ts')).list(kind, ...given),
      },
      {
        group: SETUP,
        path: [kind, 'revoke'],
        argument: id(`the id that \`${kind} list\` shows`),
        summary: `revokes an ${noun}; it stops working at once`,
        options: REMOVE,
        run: async (...given) => (await import('./credential.ts')).revoke(kind, ...given),
      },
    ]
  }),
  {
    group: SETUP,
    path: ['destination', 'add'],
    argument: { name: 'HOST', doc: 'a host name alone, such as api.stripe.com' },
    summary: 'allows a tenant to send to a host',
    options: {
      tenant: TENANT_REQUIRED,
      port: port('else 443'),
      'path-prefix': { type: 'text', value: 'P', doc: 'only to paths that begin so; else /' },
      method: { type: 'list', value: 'M', doc: 'only with these methods; else with all' },
      json: JSON_OUT,
      config: CONFIG,
    },
    run: async (...given) => (await import('./destination.ts')).add(...given),
  },
  {
    group: SETUP,
    path: ['destination', 'list'],
    summary: 'lists where may be sent',
    options: LIST,
    run: async (...given) => (await import('./destination.ts')).list(...given),
  },
  {
    group: SETUP,
    path: ['destination', 'remove'],
    argument: id('the id that `destination list` shows'),
    summary: 'allows it no longer',
    options: REMOVE,
    run: async (...given) => (await import('./destination.ts')).remove(...given),
  },
  {
    group: SETUP,
    path: ['account', 'add'],
    summary: "stores a tenant's credentials at a PSP, sealed",
    details: [
      'Secret credentials never stand on the command line, where other users of the machine see them:',
      [
        '  --credential api_key               asks for it; what is typed does not show',
        '  --credential api_key=@FILE         reads it from a file',
        '  --credential api_key=-             reads it from standard input',
        '  --credential api_key=env:VARIABLE  takes it from the environment',
        '  --credential merchant_id=1234      only for what is not secret: see `pangate adapter list`',
      ].join('\n'),
    ],
    options: {
      tenant: TENANT_REQUIRED,
      adapter: { type: 'text', value: 'A', required: true, doc: 'see `pangate adapter list`' },
      mode: { type: 'text', value: 'live|sandbox', required: true, doc: 'of the PSP' },
      name: { type: 'text', value: 'N', required: true, doc: 'what you call the account' },
      'base-url': {
        type: 'text',
        value: 'U',
        doc: "in place of the adapter's host; must be a listed destination",
      },
      credential: { type: 'list', value: 'C', doc: 'one of those above; several times' },
      option: { type: 'list', value: 'NAME=VALUE', doc: 'a choice that the adapter offers' },
      'client-certificate': { type: 'text', value: 'FILE', doc: 'PEM, for a PSP that wants one' },
      'client-key': { type: 'text', value: 'FILE', doc: 'its private key, PEM' },
      pin: {
        type: 'list',
        value: 'sha256/..',
        doc: "a public key of the PSP's chain, one of which must be there",
      },
      json: JSON_OUT,
      config: CONFIG,
    },
    run: async (...given) => (await import('./account.ts')).add(...given),
  },
  {
    group: SETUP,
    path: ['account', 'list'],
    summary: 'lists accounts, without what is secret',
    options: LIST,
    run: async (...given) => (await import('./account.ts')).list(...given),
  },
  {
    group: SETUP,
    path: ['account', 'remove'],
    argument: id('the id that `account list` shows'),
    summary: 'forgets an account with its credentials',
    options: REMOVE,
    run: async (...given) => (await import('./account.ts')).remove(...given),
  },
  ...AUDIT_COMMANDS,
  ...KEY_COMMANDS,
  ...AUTHOR_COMMANDS,
  {
    group: KNOW,
    path: ['adapter', 'list'],
    summary: 'the PSPs it knows: where each comes from, what it can do, which credentials it wants',
    options: {
      adapters: { ...ADAPTERS, doc: "with those of this folder; else of the configuration's" },
      json: JSON_OUT,
      config: CONFIG,
    },
    run: async (...given) => (await import('./adapter_list.ts')).list(...given),
  },
  {
    group: KNOW,
    path: ['openapi'],
    summary: 'prints the OpenAPI document of its HTTP API',
    options: {},
    run: async (...given) => (await import('./about.ts')).openapi(...given),
  },
  {
    group: KNOW,
    path: ['version'],
    summary: 'prints its version',
    options: { json: JSON_OUT },
    run: async (...given) => (await import('./about.ts')).version(...given),
  },
]
