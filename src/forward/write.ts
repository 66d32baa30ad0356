/**
 * @module Writes a plan as a request, with whatever stands for its holes: values when it is sent, names when it is recorded.
 */
import type { Plan, Template, Text } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import { asHole, type HoleValue } from '../hole.ts'
import { escapeValue } from '../template/escape.ts'
import type { Outgoing } from './call.ts'
import { encode, fillFields, type Filled } from './encode.ts'
import type { Fill } from './fill.ts'
import { outgoingHeaders } from './headers.ts'

/** Fields that an adapter adds to those of a plan; none by default. */
export type AddFields = (fields: Filled) => Filled

/** A request whose body is text still. */
export type Written = Omit<Outgoing, 'body'> & { readonly body: string }

/** The request as bytes, as {@link writeText} writes it. */
export function write(...[plan, origin, fill, add]: Parameters<typeof writeText>): Outgoing {
  const written = writeText(plan, origin, fill, add)
  return { ...written, body: Buffer.from(written.body) }
}

/** The request. In fields and headers a missing value leaves the field out; in a caller's own text it throws `credential_missing`. */
export function writeText(
  plan: Plan,
  origin: string,
  fill: Fill,
  add: AddFields = (fields) => fields,
): Written {
  const path = text(plan.path, fill, 'path') ?? missing()
  const query = plan.query === undefined ? null : text(plan.query, fill, 'query')
  const { body: wanted } = plan
  const fields = wanted && 'fields' in wanted ? add(fillFields(wanted.fields, fill)) : {}
  const body = !wanted
    ? ''
    : 'template' in wanted
      ? template(wanted.template, fill)
      : encode(wanted.encoding, fields)
  const given: (readonly [string, string])[] = []
  for (const [name, value] of Object.entries(plan.headers ?? {})) {
    const line = text(value, fill, 'header')
    if (line !== null) given.push([name, line])
  }
  return {
    method: plan.method,
    origin,
    target: query === null ? path : `${path}?${query}`,
    headers: outgoingHeaders(given, wanted && 'encoding' in wanted ? wanted.encoding : null),
    body,
    fields,
  }
}

/** Text with its holes filled, or null where one has no value. */
function text(value: Text<string>, fill: Fill, where: 'path' | 'query' | 'header'): string | null {
  if (typeof value === 'string') return value
  // Text is a string, a hole, or a list of both.
  const parts = (asHole(value) ? [value] : value) as readonly unknown[]
  let written = ''
  for (const part of parts) {
    const hole = asHole(part)
    if (!hole) {
      written += String(part)
      continue
    }
    const filled = fill(hole) ?? (hole.optional ? '' : null)
    if (filled === null) return null
    written += escapeValue(filled, where, hole.label)
  }
  return written
}

function template(parts: Template, fill: Fill): string {
  let written = ''
  for (const part of parts) {
    if (typeof part === 'string') {
      written += part
      continue
    }
    // Slots are made by the template compilers, which put a hole in each.
    const hole = asHole(part.hole) ?? missing()
    const filled = fill(hole)
    if (filled === null && !hole.optional) missing(hole)
    // Null can be written in JSON alone.
    const value = filled ?? (part.escape === 'json-value' ? null : '')
    written += escapeValue(value, part.escape, hole.label)
  }
  return written
}

/** Throws: the token has no such value. */
function missing(hole?: HoleValue): never {
  const label = hole?.label ?? 'a placeholder'
  throw new GatewayError('credential_missing', `The token has no value for ${label}.`, {
    ...(hole && { template: hole.label }),
  })
}
