/**
 * @module Calls that the core makes one after the other, made in one crossing of the border. They are pure, so nobody can tell.
 */
import type { Intent, Operation, Plan } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import type { Definition } from './definition.ts'
import * as results from './results.ts'
import type { Shape } from './shape.ts'

type Defined = NonNullable<Definition['operations'][keyof Definition['operations']]>
type Call = <T>(
  shape: Shape<T>,
  entry: string,
  given: { readonly name?: string; readonly message?: object; readonly intent: Intent },
) => T

/** What one of several functions gave, or the words of what it threw. */
type Result = results.Result

/**
 * A function for each of the names: the first that is asked for computes all of them, for the same given objects. Where that
 * fails as a whole, each is tried by itself, so that one that never ends takes no other along.
 */
export function together<G extends readonly [object, ...object[]]>(
  names: readonly string[],
  compute: (names: readonly string[], ...given: G) => readonly Result[],
): (name: string, ...given: G) => unknown {
  const known = new WeakMap<
    object,
    { readonly given: G; readonly all: ReadonlyMap<string, Result> }
  >()
  return (name, ...given) => {
    const [key] = given
    const before = known.get(key)
    const same = before?.given.every((one, index) => one === given[index]) === true
    const all = same ? before.all : attempt(() => compute(names, ...given), names)
    known.set(key, { given, all })
    return valueOf(all.get(name) ?? compute([name], ...given)[0])
  }
}

function attempt(
  work: () => readonly Result[],
  names: readonly string[],
): ReadonlyMap<string, Result> {
  try {
    return new Map(work().map((result, index) => [names[index] ?? '', result]))
  } catch {
    // Nothing is known of any of them.
    return new Map()
  }
}

function valueOf(result: Result | undefined): unknown {
  if (result?.error !== undefined) throw new Error(result.error)
  return result?.value
}

/** An operation: where it has a check, the plan is made along with it. */
export function operationOf(
  adapter: string,
  name: string,
  { needs, sign, check }: Defined,
  call: Call,
): Operation {
  const plans = new WeakMap<Intent, Result>()
  const parse: Operation['parse'] = ({ json: _, ...message }, intent) =>
    call(results.outcome, 'parse', { name, message, intent })
  const build = (intent: Intent): Plan => call(results.plan, 'build', { name, intent })
  const others = { needs, ...(sign && { sign }), parse }
  if (!check) return { ...others, build }
  return {
    ...others,
    check(intent) {
      try {
        const [complaints, plan] = call(results.checked, 'check and build', { name, intent })
        if (plan) plans.set(intent, plan)
        return complaints
      } catch {
        // Whose fault it was is found by asking for the check alone.
        return checkAlone(adapter, () => call(results.complaints, 'check', { name, intent }))
      }
    },
    build(intent) {
      const made = plans.get(intent)
      plans.delete(intent)
      return made ? results.plan(valueOf(made), '') : build(intent)
    },
  }
}

/** It has seen no card and no credential, and may explain itself. */
function checkAlone<T>(adapter: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const why = error instanceof Error ? error.message : 'no reason given'
    throw new GatewayError('adapter_failed', `${adapter} could not check the request: ${why}`)
  }
}
