/**
 * @module An adapter that lives in a sandbox, as the contract has it: every function of it is a call across the border.
 */
import { randomUUID } from 'node:crypto'
import type { Adapter, Declared, Json, Notification, Operation, OperationName } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import { checkHosts, definition, type Definition } from './definition.ts'
import { VmFault, lineIn } from './fault.ts'
import { HOST_FUNCTIONS, answer, makeHole } from './host_kit.ts'
import { Refused, lineOfCode, lineOfMember } from './refused.ts'
import * as results from './results.ts'
import { ShapeError, flag, type Shape } from './shape.ts'
import { transpile } from './transpile.ts'
import { Vm } from './vm.ts'
import { FUNCTION, read } from './wire.ts'

/**
 * Loads the source of a file and gives its adapter. Throws Refused.
 *
 * @param tell whether what has seen a card or a credential may say why it failed: only where both are made up
 */
export async function openSandboxed(source: string, file: string, tell = false): Promise<Adapter> {
  const code = transpile(source)
  let mark: string = randomUUID()
  const opened = await Vm.open({
    source: code,
    file,
    mark,
    host: (text, buffers) => answer(text, buffers, mark),
    names: HOST_FUNCTIONS,
  }).catch((error: unknown) => {
    if (!(error instanceof VmFault)) throw error
    throw new Refused(error.message, error.line ? lineOfCode(source, code, error.line) : 1)
  })
  const { vm, description } = opened
  const [reason = '', ...stack] = description.slice(1).split('\n')
  if (!description.startsWith('=')) {
    const line = lineIn(stack.join('\n'), file)
    throw new Refused(reason, line ? lineOfCode(source, code, line) : 1)
  }
  const defined = define(description.slice(1), mark, source)
  const hole = makeHole(defined)

  /** What the adapter gives for an entry, by its shape. Throws ShapeError, VmFault or an Error in the adapter's words. */
  function call<T>(shape: Shape<T>, given: readonly unknown[], body?: Uint8Array): T {
    mark = randomUUID()
    const text = vm.run(JSON.stringify([mark, ...given]), body)
    const content = text.slice(1)
    if (!text.startsWith('=')) throw new Error(clean(content))
    return shape(read(content, mark, { hole }), '')
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

type Call = <T>(shape: Shape<T>, given: readonly unknown[], body?: Uint8Array) => T

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
  const operations = Object.entries(defined.operations).map(
    ([operation, { needs, sign, check }]) => [
      operation,
      {
        needs,
        ...(sign && { sign }),
        ...(check && {
          check: (intent) =>
            attempt(name, () => call(orNone(results.complaints), ['check', operation, intent])),
        }),
        build: (intent) => call(results.plan, ['build', operation, intent]),
        parse: (message, intent) =>
          call(results.outcome, ['parse', operation, bare(message), intent]),
      } satisfies Operation,
    ],
  )
  const { session, notification, derive, fields, sign, verify, ...plain } = defined
  return Object.freeze({
    ...plain,
    // One entry for each operation of the definition, by its name.
    operations: Object.fromEntries(operations) as { readonly [O in OperationName]?: Operation },
    ...(session && {
      session: {
        plan: (intent) => call(results.plan, ['session.plan', intent]),
        parse: (message) => call(results.session, ['session.parse', bare(message)]),
      },
    }),
    ...(notification && { notification: notificationOf(notification.verify, call) }),
    ...(derive && {
      derive: mapped(
        derive,
        (value) => (opened) =>
          closed(`compute ${value}`, () => call(results.derived, ['derive', value, opened])),
      ),
    }),
    ...(fields && {
      fields: mapped(
        fields,
        (value) => (filled, signing) =>
          closed(
            `compute ${value}`,
            () =>
              // Data by its shape, or nothing.
              call(results.added, ['fields', value, filled, signing]) as Json | undefined,
          ),
      ),
    }),
    ...(sign && {
      sign:
        sign === FUNCTION
          ? ({ bytes, ...request }, signing) =>
              closed('sign the request', () =>
                call(results.headers, ['sign', request, signing], bytes),
              )
          : sign,
    }),
    ...(verify && {
      verify: (message, signing) =>
        closed('check the answer', () => call(flag, ['verify', bare(message), signing])),
    }),
  } satisfies Adapter)
}

function notificationOf(verify: Declared | typeof FUNCTION, call: Call): Notification {
  return {
    verify:
      verify === FUNCTION
        ? (incoming, given) => call(flag, ['notification.verify', bare(incoming), given])
        : verify,
    parse: (incoming) => call(results.notice, ['notification.parse', bare(incoming)]),
    acknowledge: (accepted, given) =>
      call(results.acknowledgement, ['notification.acknowledge', accepted, given]),
  }
}

/** The message without its JSON, which is read again inside. */
function bare<T extends { readonly json: unknown }>({ json: _, ...message }: T): Omit<T, 'json'> {
  return message
}

/** A record with a function for each name. */
function mapped<F>(names: object, make: (name: string) => F): { readonly [name: string]: F } {
  return Object.fromEntries(Object.keys(names).map((name) => [name, make(name)]))
}

/** A list, or none where nothing was given. */
function orNone<T>(shape: Shape<readonly T[]>): Shape<readonly T[]> {
  return (value, path) => (value === undefined ? [] : shape(value, path))
}

/** Runs what has seen no card and no credential, and may explain itself. */
function attempt<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const why = error instanceof Error ? error.message : 'no reason given'
    throw new GatewayError('adapter_failed', `${name} could not check the request: ${why}`)
  }
}
