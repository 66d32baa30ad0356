/**
 * @module JSON Merge Patch (RFC 7396).
 */
import type { Json } from '../../adapter.ts'

export type JsonObject = { readonly [name: string]: Json }

/** The target with the patch in it: objects are merged, null removes a member, all else replaces. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch
  // A map, because a member may be called __proto__.
  const merged = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else merged.set(name, mergePatch(merged.get(name) ?? null, value))
  }
  return Object.fromEntries(merged)
}

/** Whether the value is an object, and no list. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
