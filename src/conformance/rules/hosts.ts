/** @module Where the adapter sends is fixed when it is loaded, and https. */
import { complaint } from '../finding.ts'
import type { Rule } from '../rule.ts'

/** A host, in which one label may hold a `{name}`. */
const HOST =
  /^https:\/\/([a-z0-9-]+|[a-z0-9-]*\{\w+\}[a-z0-9-]*)(\.[a-z0-9-]+)+(:\d{2,5})?(\/[\w./-]*)?$/

export const hosts: Rule = {
  name: 'hosts',
  asks: 'both hosts are https, with at most one {name} of a credential that is not secret',
  first: true,
  check: ({ adapter: { hosts: all, credentials } }) =>
    (['live', 'sandbox'] as const).flatMap((mode) => {
      const host: unknown = all?.[mode]
      const where = `hosts.${mode}`
      if (typeof host !== 'string' || !HOST.test(host)) {
        const fix = "write a host such as 'https://api.psp.example'; paths belong to build"
        return [complaint(where, `${JSON.stringify(host) ?? 'nothing'} is no https host`, fix)]
      }
      const name = /\{(\w+)\}/.exec(host)?.[1]
      if (name === undefined) return []
      const credential = Object.hasOwn(credentials, name) ? credentials[name] : undefined
      if (credential && !credential.secret) return []
      const message = credential ? `{${name}} is a secret` : `{${name}} is no credential`
      return [
        complaint(where, message, `add ${name}: { label: '..', secret: false } to credentials`),
      ]
    }),
}
