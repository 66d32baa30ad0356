/**
 * @module Chooses the compiler of a body by its media type.
 */
import type { Template } from '../adapter.ts'
import { compileForm } from './form.ts'
import type { Grammar } from './grammar.ts'
import { compileJson } from './json.ts'
import { compilePlain } from './text.ts'
import { compileXml } from './xml.ts'

export type BodyFormat = 'json' | 'form' | 'xml' | 'text'

const COMPILERS = {
  json: compileJson,
  form: compileForm,
  xml: compileXml,
  text: compilePlain,
} as const satisfies Record<BodyFormat, unknown>

/** The format of a body by its `Content-Type`; text where there is none or it is another. */
export function bodyFormat(contentType: string | null): BodyFormat {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (type === 'application/json' || type === 'text/json' || type.endsWith('+json')) return 'json'
  if (type === 'application/x-www-form-urlencoded') return 'form'
  if (type === 'application/xml' || type === 'text/xml' || type.endsWith('+xml')) return 'xml'
  return 'text'
}

/**
 * Compiles a caller's body.
 *
 * @param where the body's path, for errors: `request.body`.
 * @throws GatewayError `invalid_json` or `invalid_request` for a body that is not of its format, `invalid_template` for a
 * placeholder that is malformed, unknown, or stands where it may not.
 */
export function compileBody(
  source: string,
  contentType: string | null,
  grammar: Grammar,
  where: string,
): Template {
  return COMPILERS[bodyFormat(contentType)](source, grammar, where)
}
