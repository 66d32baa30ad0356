/**
 * @module Every setting there is: the file, the environment, the defaults and docs/configuration.md follow this table.
 */
import { collectorUrl } from './collector.ts'
import { issuers } from './issuers.ts'
import { LIMITS } from './limits.ts'
import { optional, setting, type Setting } from './setting.ts'
import {
  choice,
  cidrs,
  command,
  databaseUrl,
  file,
  flag,
  folder,
  integer,
  listen,
  names,
  nodeName,
  pins,
  primaryUrl,
  publicUrl,
  secret,
  sessionsUrl,
  retention,
} from './types.ts'

export const SETTINGS = {
  server: {
    listen: setting(
      listen,
      '127.0.0.1:8420',
      'Where the API listens. TLS is for the proxy in front of it.',
    ),
    admin_listen: setting(listen, '127.0.0.1:8421', 'Where `/metrics` listens; keep it private.'),
    public_url: optional(
      publicUrl,
      'The URL that callers use: it is the issuer of our OAuth tokens. Default: `http://` and `listen`.',
    ),
    workers: setting(
      integer(1, 64),
      1,
      'Processes that serve; from 2 on one more keeps them running. No more than there are processors.',
    ),
    stop_timeout_ms: setting(
      integer(0, 3_600_000),
      130_000,
      'How long what is under way may take after SIGTERM, before it is broken off.',
    ),
    max_body_bytes: setting(integer(1024, 67_108_864), 1_048_576, 'The largest request body.'),
    node: optional(
      nodeName,
      'The name of this server among several on one database, another for each. Default: the name of the machine and the port of `listen`.',
    ),
    trusted_proxies: setting(
      cidrs,
      [],
      'Address ranges of proxies in front of it: what `proxy_header` says is believed when it comes from these.',
    ),
    proxy_header: setting(
      choice('x-forwarded-for', 'forwarded'),
      'x-forwarded-for',
      'The header in which those proxies name the address of the caller.',
    ),
  },
  database: {
    url: setting(
      databaseUrl,
      'file:pangate.db',
      'A local file, seen from the working directory; or the primary of a libSQL server, which several nodes share.',
    ),
    auth_token: optional(secret, 'The token of the libSQL server.'),
    auth_token_file: optional(file, 'A file with that token, in place of it.'),
    ca_file: optional(
      file,
      'Certificate authorities in PEM for `https://` and `libsql://`, in place of the built-in ones, and in a replica of those of the system.',
    ),
    allow_plaintext: setting(
      flag,
      false,
      'Lets `http://` lead to another machine. Who is on the way then reads the token, sealed cards and hashes, and can change what is answered, such as the list of destinations.',
    ),
    timeout_ms: setting(
      integer(100, 60_000),
      3000,
      'What one call of the libSQL server may take; then it counts as not answered.',
    ),
    sync_url: optional(
      primaryUrl,
      'The primary that a local replica follows: `url` is then the file of the replica, which tokens are read from; all is written to the primary.',
    ),
    sync_interval_ms: setting(
      integer(20, 60_000),
      1000,
      'How often a replica asks the primary what is new.',
    ),
    max_stale_ms: setting(
      integer(100, 3_600_000),
      10_000,
      'What was deleted or revoked elsewhere is never used longer than this, also where the primary is gone: nothing older is read from the replica.',
    ),
    durability: setting(
      choice('power', 'process'),
      'power',
      '`power`: an answer waits until its record is on the disk. `process`: it survives a killed process, not a power cut.',
    ),
    keep_records_days: setting(
      retention,
      0,
      'How long records of forwards are kept that are `done` or `not_sent`, and with them their idempotency keys: who repeats a key after that pays again; and messages of PSPs. 0: for ever.',
    ),
  },
  sessions: {
    url: setting(
      sessionsUrl,
      'memory:',
      'Where security codes are kept, sealed, and rate limits: in this process, or in Redis or Valkey. Of several hosts the one that is the primary is used.',
    ),
    password: optional(secret, 'The password at Redis, in place of one in the URL.'),
    ca_file: optional(
      file,
      'Certificate authorities in PEM for `rediss://`, in place of the built-in ones.',
    ),
    cert_file: optional(file, 'A client certificate in PEM, where Redis asks for one.'),
    key_file: optional(file, 'Its key in PEM.'),
    allow_plaintext: setting(
      flag,
      false,
      'Lets `redis://` lead to another machine. The password and the times of payments are then seen on the way; security codes are sealed.',
    ),
    cvc_ttl_seconds: setting(integer(1, 3600), 90, 'How long a CVC session lives.'),
    credential_ttl_seconds: setting(
      integer(1, 86_400),
      3600,
      'How long the security codes and cryptograms inside `credentials` live.',
    ),
    cvc_policy: setting(
      choice('single_use', 'grace'),
      'single_use',
      '`grace`: the same token may use a session again within its time.',
    ),
  },
  vault: {
    master_key_file: optional(
      file,
      'The file with the master key, readable by its owner alone (`pangate init`).',
    ),
    master_key_command: optional(
      command,
      'A command that prints the master key, in place of the file: an array, or one text for `/bin/sh`.',
    ),
    custody: setting(
      choice('key', 'shares'),
      'key',
      '`shares`: people hold shares of the master key (`pangate master-key split`), and the server starts sealed until enough of them run `pangate unseal`.',
    ),
  },
  adapters: {
    dir: optional(
      folder,
      'A folder with adapters of your own, as `.ts` or `.js` files; changes are followed while serving.',
    ),
    pins: setting(pins, {}, 'Adapter name to sha256: when there are any, no other file is loaded.'),
    trusted: setting(
      names,
      [],
      'Pinned adapters that run outside of the sandbox, as built-in ones do: whatever they contain, they may do.',
    ),
    replace: setting(names, [], 'Built-in adapters whose place a file of the same name may take.'),
  },
  egress: {
    timeout_ms: setting(
      integer(100, 600_000),
      30_000,
      'One deadline for a whole forward, where the caller sets none.',
    ),
    connect_timeout_ms: setting(
      integer(50, 60_000),
      3000,
      'For name, connection and TLS together.',
    ),
    private_networks: setting(
      cidrs,
      [],
      'Address ranges that may be sent to although they are not public, such as `["10.20.0.0/16"]`.',
    ),
    card_numbers_in_clear: setting(
      choice('refuse', 'allow'),
      'refuse',
      'A card number that a caller writes out in a forward, in place of a placeholder: `refuse` sends nothing and says where it stands; `allow` sends it, and masks it in what is kept.',
    ),
    ca_file: optional(file, 'Certificate authorities in PEM, trusted beside the built-in ones.'),
    max_response_bytes: setting(
      integer(1024, 268_435_456),
      4_194_304,
      'The largest answer of a PSP, before and after decompression.',
    ),
  },
  limits: LIMITS,
  auth: {
    issuers: setting(
      issuers,
      [],
      'Issuers whose JWTs are accepted, as `[[auth.issuers]]` with `issuer`, `jwks_url`, `audience`, `tenant` or ' +
        '`tenant_claim`, and `scope_claim` (default `scope`).',
    ),
  },
  log: {
    level: setting(choice('debug', 'info', 'warn', 'error'), 'info', 'The least that is logged.'),
    format: setting(choice('json', 'text'), 'json', 'One JSON object a line, or text to read.'),
  },
  telemetry: {
    otlp_url: optional(
      collectorUrl,
      'The collector that traces are sent to, by OTLP over HTTP in JSON; `/v1/traces` is added. Without it there are none.',
    ),
    otlp_headers: optional(
      secret,
      'Headers for the collector, as `name=value`, several with commas between them.',
    ),
    trace_percent: setting(
      integer(0, 100),
      100,
      'How many of a hundred requests are traced. Where a caller sends `traceparent`, it decides.',
    ),
  },
} as const satisfies Record<string, Record<string, Setting<unknown>>>

/** The table with its types forgotten, for going through it. */
export const SECTIONS: ReadonlyMap<string, ReadonlyMap<string, Setting<unknown>>> = new Map(
  Object.entries(SETTINGS).map(([section, settings]) => [
    section,
    new Map(Object.entries(settings)),
  ]),
)

/** The environment variable of a setting. */
export function variableOf(section: string, key: string): string {
  return `PANGATE_${section}_${key}`.toUpperCase()
}
