/**
 * @module The caller's `traceparent` header. https://www.w3.org/TR/trace-context/#traceparent-header
 */

/** The span of the caller that a request belongs to. */
export interface Traceparent {
  /** 32 hexadecimal digits. */
  readonly trace_id: string
  /** 16 hexadecimal digits. */
  readonly span_id: string
  /** Whether the caller records this trace. */
  readonly sampled: boolean
}

const SHAPE = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Null where it is not one: then a trace of its own begins. A later version may add fields at the end. */
export function parseTraceparent(header: string): Traceparent | null {
  const [, version, trace_id = '', span_id = '', flags = '', more] = SHAPE.exec(header) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) {
    return null
  }
  if (/^0+$/.test(trace_id) || /^0+$/.test(span_id)) return null
  return { trace_id, span_id, sampled: (parseInt(flags, 16) & 1) === 1 }
}
