/**
 * @module A row of the table of settings.
 */
import type { Type } from './types.ts'

export interface Setting<T> {
  readonly type: Type<T>
  /** As it would stand in the file; null where there is none. */
  readonly fallback: unknown
  /** One or two sentences for the operator. */
  readonly doc: string
}

/** A setting with a default, written as in the file. */
export const setting = <T>(
  type: Type<T>,
  fallback: string | number | boolean | readonly string[] | object,
  doc: string,
): Setting<T> => ({
  type,
  fallback,
  doc,
})

/** A setting without a default. */
export const optional = <T>(type: Type<T>, doc: string): Setting<T | null> => ({
  type,
  fallback: null,
  doc,
})
