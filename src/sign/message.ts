/**
 * @module The message of a described signature: a template over the request, or its fields joined.
 */
import type { JoinOptions } from '../adapter.ts'
import type { Described, View } from './described.ts'
import { type Place, fault } from './fault.ts'
import { join } from './join.ts'
import {
  type Parameter,
  type Values,
  type Wants,
  choice,
  isRecord,
  names,
  optional,
  readParameters,
  template,
  text,
} from './parameters.ts'

/** How fields are joined, in a document. The texts around and between them may name credentials. */
const joinParameters = (more: readonly string[]) => ({
  order: {
    about: '`sorted`, `given`, or a list of fields.',
    required: true,
    read: (value: unknown, place: Place, wants: Wants): NonNullable<JoinOptions['order']> =>
      Array.isArray(value)
        ? names('').read(value, place, wants)
        : choice('', ['sorted', 'given']).read(value, place, wants),
  },
  except: names('Fields to leave out.', []),
  delimiter: template('Between the items.', '', more),
  pair: optional(text('Between name and value, where names are signed too.')),
  names: choice('How names are written.', ['as_is', 'upper', 'lower'], 'as_is'),
  skip: choice('Items to leave out.', ['none', 'null', 'empty'], 'none'),
  booleans: choice('How true and false are written.', ['words', 'php'], 'words'),
  before: template('Before everything.', '', more),
  after: template('After everything.', '', more),
})

export interface Message {
  readonly bytes: (view: View) => Buffer
}

/** A parameter that is a template, or a record of how the body's fields are joined. */
export function message(about: string, more: readonly string[] = []): Parameter<Message> {
  const written = template(about, undefined, more)
  const joins = joinParameters(more)
  return {
    about,
    required: true,
    read: (value, place, wants): Message => {
      if (value === undefined) throw fault(place, 'is missing')
      if (!isRecord(value)) return written.read(value, place, wants) satisfies Described
      const options = readParameters(joins, value, place.scheme, wants, `${place.param}.`)
      return { bytes: (view) => Buffer.from(joined(options, view, place)) }
    },
  }
}

function joined(
  options: Values<ReturnType<typeof joinParameters>>,
  view: View,
  place: Place,
): string {
  const { fields } = view.request
  if (fields === undefined) throw fault(place, 'joins fields, and the request has none')
  const { pair, delimiter, before, after, ...rest } = options
  return join(fields, {
    ...rest,
    ...(pair !== undefined && { pair }),
    delimiter: delimiter.text(view),
    before: before.text(view),
    after: after.text(view),
  })
}
