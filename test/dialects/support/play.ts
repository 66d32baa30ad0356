/**
 * @module Plays one case against the running executable and says what is different.
 */
import type { Case, Given, Message } from './case_file.ts'
import { answerDifferences, arrivalDifferences, type Came } from './compare.ts'
import { sendExactly } from './http.ts'
import { fillIn, type Lookup } from './variables.ts'
import type { World } from './world.ts'

const CREDENTIALS = new Set(['authorization', 'x-api-key', 'bt-api-key', 'bt-authorization'])

/** What is different, a line each, with exchange and section; empty where the case holds. */
export async function play({ exchanges }: Case, world: World): Promise<readonly string[]> {
  const set = new Map<string, string>()
  const lookup: Lookup = async (name, argument) =>
    (argument === null ? set.get(name) : undefined) ?? world.lookup(name, argument)
  const differences: string[] = []
  let before: Came | null = null
  for (const [index, { given, reply, request, arrival, answer }] of exchanges.entries()) {
    const say = (section: string) => (text: string) =>
      differences.push(`exchange ${index + 1}, ${section}: ${text}`)
    for (const one of given) {
      before = one.request ? await prepare(one.request, world, lookup) : before
      set.set(one.name, valueAt(one, before))
    }
    const { start, headers, body } = await filled(request, lookup)
    world.arrivals()
    world.reply(reply && (await filled(reply, lookup)))
    const came = await sendExactly(world.url, start, headers, body)
    world.reply(null)
    const arrived = world.arrivals()
    before = came
    const [first] = arrived
    if (arrival === null) {
      arrived.forEach(({ start }) => say('at the PSP')(`nothing may arrive, came ${start}`))
    } else if (!first || arrived.length > 1) {
      say('at the PSP')(`one request must arrive, came ${arrived.length}`)
    } else arrivalDifferences(await filled(arrival, lookup), first).forEach(say('at the PSP'))
    answerDifferences(await filled(answer, lookup), came).forEach(say('the answer'))
    if (differences.length > 0 && !(arrival === null || first))
      say('the answer')(`was ${came.body}`)
  }
  return differences
}

/** A request that only prepares a case: with the API key and as JSON, unless its headers say otherwise. */
async function prepare(message: Message, world: World, lookup: Lookup): Promise<Came> {
  const { start, headers, body } = await filled(message, lookup)
  const names = new Set(headers.map(([name]) => name.toLowerCase()))
  const key = (await lookup('key', null)) ?? ''
  const all: (readonly [string, string])[] = [
    ...([...names].some((name) => CREDENTIALS.has(name))
      ? []
      : [['authorization', `Bearer ${key}`] as const]),
    ...(body === null || names.has('content-type')
      ? []
      : [['content-type', 'application/json'] as const]),
    ...headers,
  ]
  return sendExactly(world.url, start, all, body)
}

function valueAt({ name, line, path }: Given, came: Came | null): string {
  const problem = (what: string) =>
    new Error(`line ${line}: given ${name}: ${what}: ${came?.start} ${came?.body}`)
  if (!came?.start.startsWith('2')) throw problem('it was refused')
  const found = path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined,
    JSON.parse(came.body),
  )
  if (typeof found === 'string' || typeof found === 'number') return String(found)
  throw problem(`there is no ${path.join('.')} in the answer`)
}

async function filled(message: Message, lookup: Lookup): Promise<Message> {
  const fill = (text: string) => fillIn(text, lookup)
  return {
    start: await fill(message.start),
    headers: await Promise.all(
      message.headers.map(async ([name, value]) => [name, await fill(value)] as const),
    ),
    absent: message.absent,
    body: message.body === null ? null : await fill(message.body),
  }
}
