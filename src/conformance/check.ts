/**
 * @module The conformance kit: everything that is wrong with an adapter, in plain words.
 */
import type { Adapter } from '../adapter.ts'
import { distinct, words, type Finding } from './finding.ts'
import { NO_FIXTURES, type Fixtures } from './fixture.ts'
import type { Rule } from './rule.ts'
import { RULES } from './rules.ts'
import { Subject } from './subject.ts'

/**
 * Checks an adapter by every rule, with its recorded answers. Sends nothing.
 *
 * @param file the name of its file without ending; null where it comes from none
 * @returns what is wrong, in the order of the rules; nothing where it conforms
 */
export async function checkAdapter(
  adapter: Adapter,
  fixtures: Fixtures = NO_FIXTURES,
  file: string | null = null,
): Promise<readonly Finding[]> {
  const run = async (rules: readonly Rule[]): Promise<readonly Finding[]> => {
    const found: Finding[] = []
    for (const rule of rules) found.push(...(await findings(rule, adapter, fixtures, file)))
    return found
  }
  const first = await run(RULES.filter((rule) => rule.first))
  // What is no adapter at all cannot be run.
  if (first.length > 0) return first
  return run(RULES.filter((rule) => !rule.first))
}

async function findings(
  rule: Rule,
  adapter: Adapter,
  fixtures: Fixtures,
  file: string | null,
): Promise<readonly Finding[]> {
  try {
    const found = await rule.check(new Subject(adapter, fixtures, file))
    return distinct(found).map((one) => ({ rule: rule.name, ...one }))
  } catch (error) {
    const message = `the check could not be made: ${words(error)}`
    const fix = 'mend what other findings tell first'
    return [{ rule: rule.name, where: 'adapter', message, fix }]
  }
}
