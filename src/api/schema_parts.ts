/**
 * @module The words in which the API's shapes are written: strict objects, described texts, closed lists, pages.
 */
import { Type, type ObjectOptions, type TSchema } from '@sinclair/typebox'

const strict = { additionalProperties: false } as const
export const object = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, strict)
export const text = (description: string, maxLength = 255) =>
  Type.String({ description, minLength: 1, maxLength })
/** Values by names of up to so many characters. The pattern says so, because TypeBox drops a `maxLength` of names. */
export const record = <S extends TSchema>(longest: number, value: S, options: ObjectOptions = {}) =>
  Type.Record(Type.String({ pattern: `^.{1,${longest}}$` }), value, { ...strict, ...options })
export const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
export const oneOf = <const T extends readonly string[]>(names: T) =>
  Type.Unsafe<T[number]>(Type.Union(names.map((name) => Type.Literal(name))))
export const page = <S extends TSchema>(item: S) =>
  Type.Object({ data: Type.Array(item), next_cursor: nullable(Type.String()) })
