/**
 * @module The check of `pangate doctor` that looks at changes of keys: those that were begun and not ended, and keys that are worn.
 */
import type { Store } from '../store/open.ts'
import { listTenants } from '../store/tenants.ts'
import { listDataKeys } from '../vault/data_keys.ts'
import { FACTS, readFacts } from '../vault/masters.ts'
import { WORN } from '../vault/wear.ts'
import { finding, type Finding } from './doctor_finding.ts'

/** Nothing where every tenant has one data key and nothing is under way. */
export async function checkKeyChanges(store: Store): Promise<readonly Finding[]> {
  const found: Finding[] = []
  const next = (await readFacts(store)).get(FACTS.next)
  if (next !== undefined) {
    const message = `a change to the master key ${next} was begun and not ended`
    found.push(finding('warning', 'master key', message, 'pangate master-key rotate'))
  }
  const names = new Map((await listTenants(store)).map(({ id, name }) => [id, name]))
  const seen = new Set<string>()
  for (const { tenant_id, purpose, sealed } of await listDataKeys(store)) {
    const name = names.get(tenant_id)
    if (name === undefined || purpose !== 'data') continue
    const command = `pangate data-key rotate --tenant ${name}`
    if (seen.has(name)) {
      const message = 'a change of its data key was begun and not ended'
      found.push(finding('warning', `tenant ${name}`, message, command))
    } else if (sealed >= WORN) {
      const message = `its data key has sealed ${sealed} values, of 4294967296 that it may`
      found.push(finding('warning', `tenant ${name}`, message, command))
    }
    seen.add(name)
  }
  return found
}
