/**
 * @module The closed list of what the audit log tells of; docs/operate.md prints it.
 */
export const AUDIT_ACTIONS = {
  'chain.start': 'a process begins to write; names the heads of the chains before it',
  'serve.start': 'the server started',
  'serve.reload': 'the server read its configuration again',
  'serve.stop': 'the server stopped',
  'tenant.create': 'a tenant was made',
  'key.create': 'an API key was made',
  'key.revoke': 'an API key was revoked',
  'client.create': 'an OAuth client was made',
  'client.revoke': 'an OAuth client was revoked',
  'destination.add': 'a host was allowed',
  'destination.remove': 'a host is allowed no longer',
  'account.add': 'credentials at a PSP were stored',
  'account.remove': 'credentials at a PSP were erased',
  'adapter.load': 'an adapter of the folder serves, by the sha256 of its file',
  'adapter.remove': 'an adapter of the folder serves no longer',
  'token.erase': 'a token was erased',
  'vault.open': 'the vault may open, for what is named',
  'vault.kept': 'a forward repeated an earlier one: the vault did not open for it',
  'data_key.rotate': 'a tenant got a new data key, or a batch of its rows was sealed under it',
  'master_key.rotate': 'the keys were wrapped under a new master key',
  'master_key.split': 'shares of the master key were shown',
  'vault.unseal': 'the master key was put together from its shares, or was not',
  'audit.read': 'somebody read this log',
  'records.prune': "deleting records of forwards and PSPs' messages for age began, or so many were",
  'access.refuse': 'something was refused to a known caller',
  'access.lock': 'an address was locked out for guessing',
} as const satisfies Record<string, string>

export type AuditAction = keyof typeof AUDIT_ACTIONS
