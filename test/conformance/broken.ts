/**
 * @module What an adapter with one mistake is: the rule that must find it, and how it differs from the good one.
 */
import type { Kit, Operation, OperationName } from '../../src/adapter.ts'
import type { FixtureFile } from '../../src/conformance/fixture.ts'
import { FILES, type Acme, type K } from './good.ts'

export interface Broken {
  readonly rule: string
  /** The mistake, as a sentence. */
  readonly mistake: string
  /** Words that the finding must have. */
  readonly says: RegExp
  readonly make: (good: Acme, kit: Kit) => unknown
  readonly files: readonly FixtureFile[]
}

export function broken(
  rule: string,
  mistake: string,
  says: RegExp,
  make: Broken['make'],
  files: readonly FixtureFile[] = FILES,
): Broken {
  return { rule, mistake, says, make, files }
}

/** The adapter with another operation in place of one. */
export function with_(
  good: Acme,
  name: OperationName,
  change: (operation: Operation<K>) => Partial<Operation<K>>,
): Acme {
  const operation = good.operations[name]
  if (!operation) throw new Error(`the good adapter has no ${name}`)
  const changed = { ...operation, ...change(operation) }
  return { ...good, operations: { ...good.operations, [name]: changed } }
}

/** The same with more fields in the body of a purchase. */
export function withFields(
  good: Acme,
  fields: (intent: Parameters<Operation<K>['build']>[0]) => object,
  name: OperationName = 'purchase',
): Acme {
  return with_(good, name, ({ build }) => ({
    build: (intent) => {
      const plan = build(intent)
      if (!plan.body || !('fields' in plan.body)) throw new Error('no fields')
      return { ...plan, body: { ...plan.body, fields: { ...plan.body.fields, ...fields(intent) } } }
    },
  }))
}

/** All files but those whose name begins so. */
export function without(start: string): readonly FixtureFile[] {
  return FILES.filter(({ name }) => !name.startsWith(start))
}

/** One file with other members. */
export function file(name: string, change: object): readonly FixtureFile[] {
  return FILES.map((one) =>
    one.name === name
      ? { name, text: JSON.stringify({ ...(JSON.parse(one.text) as object), ...change }) }
      : one,
  )
}
