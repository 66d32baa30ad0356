/**
 * @module An adapter that lives in a sandbox, as the contract has it: every function of it is a call across the border.
 */
import { randomUUID } from 'node:crypto'
import type { Adapter, Declared, Intent, Json, Notification, Opened, Signing } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import { operationOf, together } from './together.ts'
import { checkHosts, definition, type Definition } from './definition.ts'
import { VmFault, lineIn } from './fault.ts'
import { HOST_FUNCTIONS, answer, makeHole } from './host_kit.ts'
import { Refused, lineOfAwait, lineOfCode, lineOfMember } from './refused.ts'
import * as results from './results.ts'
import { ShapeError, flag, type Shape } from './shape.ts'
import { transpile } from './transpile.ts'
import { Vm } from './vm.ts'
import { FUNCTION, read } from './wire.ts'

/** What the guest says of a file that has to be waited for. */
const AWAITS = 'uses await outside of a function'

/**
 * Loads the source of a file and gives its adapter. Throws Refused.
 *
 * @param tell whether what has seen a card or a credential may say why it failed: only where both are made up
 */
export async function openSandboxed(source: string, file: string, tell = false): Promise<Adapter> {
  const code = transpile(source)
  let mark: string = randomUUID()
  /** The objects that code inside may name by their numbers, in the call that runs. */
  let known: object[] = []
  const opened = await Vm.open({
    source: code,
    file,
    mark,
    host: (text, buffers) => answer(text, buffers, mark, known),
    names: HOST_FUNCTIONS,
  }).catch((error: unknown) => {
    if (!(error instanceof VmFault)) throw error
    throw new Refused(error.message, error.line ? lineOfCode(source, code, error.line) : 1)
  })
  const { vm, description } = opened
  const [reason = '', ...stack] = description.slice(1).split('\n')
  if (!description.startsWith('=')) {
    const line = reason === AWAITS ? lineOfAwait(code) : lineIn(stack.join('\n'), file)
    throw new Refused(reason, line ? lineOfCode(source, code, line) : 1)
  }
  const defined = define(description.slice(1), mark, source)
  const hole = makeHole(defined)

  const texts = new WeakMap<Intent, string>()
  const textOf = (intent: Intent): string => {
    const text = texts.get(intent) ?? JSON.stringify(intent)
    texts.set(intent, text)
    return text
  }

  /** What the adapter gives for an entry, by its shape. Throws ShapeError, VmFault or an Error in the adapter's words. */
  function call<T>(shape: Shape<T>, entry: string, { intent, fields, body, ...given }: Given): T {
    mark = randomUUID()
    known = fields ? [fields] : []
    const request = JSON.stringify({ mark, entry, ...given })
    try {
      const filled = fields ? JSON.stringify(fields) : ''
      const text = vm.run(request, intent ? textOf(intent) : 'null', filled, body)
      const content = text.slice(1)
      if (!text.startsWith('=')) throw new Error(clean(content))
      return shape(read(content, mark, { hole }), '')
    } finally {
      known = []
    }
  }
  return adapterOf(defined, call, tell)
}

/** The description, checked, with holes that can be filled. */
function define(description: string, mark: string, source: string): Definition {
  try {
    const first = definition(
      read(description, mark, { hole: makeHole(null), functions: FUNCTION }),
      '',
    )
    checkHosts(first)
    // Read again, now that it is known what its holes may ask for.
    const hole = makeHole(first)
    return definition(read(description, mark, { hole, functions: FUNCTION }), '')
  } catch (error) {
    if (error instanceof ShapeError)
      throw new Refused(error.message, lineOfMember(source, error.path))
    throw new Refused(error instanceof Error ? error.message : 'it is no adapter', 1)
  }
}

/** One line, of text that can be shown. */
function clean(text: string): string {
  return (text.split('\n')[0] ?? '')
    .replace(/[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]/g, '?')
    .slice(0, 300)
}

/** What an entry of the guest is given. The intent crosses by itself, so that it is read only where it is looked at. */
interface Given {
  readonly name?: string
  readonly names?: readonly string[]
  readonly message?: object
  readonly fields?: object
  readonly open?: object
  readonly accepted?: boolean
  readonly intent?: Intent
  readonly body?: Uint8Array
}
type Call = <T>(shape: Shape<T>, entry: string, given: Given) => T

function adapterOf(defined: Definition, call: Call, tell: boolean): Adapter {
  const { name } = defined
  /** Runs what has seen a card or a credential: its words go no further. */
  const closed = <T>(what: string, work: () => T): T => {
    try {
      return work()
    } catch (error) {
      if (tell) throw error
      throw new GatewayError('adapter_failed', `${name} could not ${what}.`)
    }
  }
  const { operations, session, notification, derive, fields, sign, verify, ...plain } = defined
  const deriving = together(Object.keys(derive ?? {}), (names, { intent, ...open }: Opened) =>
    call(results.several, 'derive', { names, open, intent }),
  )
  const adding = together(
    Object.keys(fields ?? {}),
    (names, filled: object, { intent, ...open }: Signing) =>
      call(results.several, 'fields', { names, fields: filled, open, intent }),
  )
  const made = mapped(operations, (operation, member) => operationOf(name, operation, member, call))
  return Object.freeze({
    ...plain,
    operations: made as Adapter['operations'], // One for each operation of the definition, by its name.
    ...(session && {
      session: {
        plan: (intent) => call(results.plan, 'session.plan', { intent }),
        parse: (message) => call(results.session, 'session.parse', { message: bare(message) }),
      },
    }),
    ...(notification && { notification: notificationOf(notification.verify, call) }),
    ...(derive && {
      derive: mapped(
        derive,
        (value) => (opened) =>
          closed(`compute ${value}`, () => results.derived(deriving(value, opened), value)),
      ),
    }),
    ...(fields && {
      fields: mapped(
        fields,
        (value) => (filled, signing) =>
          closed(
            `compute ${value}`,
            // Data by its shape, or nothing.
            () => results.added(adding(value, filled, signing), value) as Json | undefined,
          ),
      ),
    }),
    ...(sign && {
      sign:
        sign === FUNCTION
          ? ({ bytes: body, fields, ...message }, { intent, ...open }) =>
              closed('sign the request', () =>
                call(results.headers, 'sign', { message, fields, open, intent, body }),
              )
          : sign,
    }),
    ...(verify && {
      verify:
        verify === FUNCTION
          ? (message, { intent, ...open }) =>
              closed('check the answer', () =>
                call(flag, 'verify', { message: bare(message), open, intent }),
              )
          : verify,
    }),
  } satisfies Adapter)
}

function notificationOf(verify: Declared | typeof FUNCTION, call: Call): Notification {
  return {
    verify:
      verify === FUNCTION
        ? (incoming, open) => call(flag, 'notification.verify', { message: bare(incoming), open })
        : verify,
    parse: (incoming) => call(results.notice, 'notification.parse', { message: bare(incoming) }),
    acknowledge: (accepted, open) =>
      call(results.acknowledgement, 'notification.acknowledge', { accepted, open }),
  }
}

/** The message without its JSON, which is read again inside. */
function bare<T extends { readonly json: unknown }>({ json: _, ...message }: T): Omit<T, 'json'> {
  return message
}

/** A record with something for each name. */
function mapped<M, F>(
  members: { readonly [name: string]: M },
  make: (name: string, member: M) => F,
): { readonly [name: string]: F } {
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => [name, make(name, member)]),
  )
}
