/**
 * @module A finished request as spans in OTLP's JSON. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import { randomBytes } from 'node:crypto'
import { VERSION } from '../version.ts'
import type { Fields } from './log.ts'
import type { Timed } from './steps.ts'

/** Kinds and codes of opentelemetry-proto, trace/v1/trace.proto, as its JSON has them: numbers. */
const KIND = { internal: 1, server: 2, client: 3 }
const STATUS = { unset: 0, error: 2 }

/**
 * The only attributes there are: adding one is a decision to publish it. Names are those of OpenTelemetry's conventions
 * where there is one. https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
const ATTRIBUTES: readonly (readonly [name: string, of: (fields: Fields) => unknown])[] = [
  ['http.request.method', ({ method }) => method],
  ['http.route', ({ route }) => route],
  ['http.response.status_code', ({ status }) => status],
  ['error.type', ({ code }) => code],
  ['server.address', ({ host }) => host],
  ['pangate.tenant', ({ tenant }) => tenant],
  ['pangate.request_id', ({ request_id }) => request_id],
  ['pangate.outcome', ({ outcome }) => outcome],
  ['pangate.sent', ({ sent }) => sent],
]

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue: string } | { readonly intValue: string }
}

/** The spans of one request, joined by commas: its own, and one below it for each step. */
export function spansOf({ parent, started, total, ends, fields }: Timed): string {
  const random = randomBytes(16 + 8 * (ends.length + 1)).toString('hex')
  const trace_id = parent?.trace_id ?? random.slice(0, 32)
  const idAt = (at: number): string => random.slice(32 + 16 * at, 48 + 16 * at)
  const root = {
    traceId: trace_id,
    spanId: idAt(0),
    ...(parent && { parentSpanId: parent.span_id }),
    name: `${fields.method ?? 'ANY'} ${fields.route ?? 'none'}`,
    kind: KIND.server,
    startTimeUnixNano: nanoseconds(started),
    endTimeUnixNano: nanoseconds(started + total),
    attributes: attributesOf(fields),
    // Conventions: a span of a server fails by 5xx alone.
    status: { code: (fields.status ?? 0) >= 500 ? STATUS.error : STATUS.unset },
  }
  const steps = ends.map(([name, end], at) => {
    const kind = name === 'transport' ? KIND.client : KIND.internal
    const [from, to] = [nanoseconds(started + (ends[at - 1]?.[1] ?? 0)), nanoseconds(started + end)]
    // Names of ours, digits and hexadecimal alone: JSON as it stands, in a fraction of the time.
    return `{"traceId":"${trace_id}","spanId":"${idAt(at + 1)}","parentSpanId":"${root.spanId}","name":"${name}","kind":${kind},"startTimeUnixNano":"${from}","endTimeUnixNano":"${to}","attributes":[],"status":{"code":${STATUS.unset}}}`
  })
  return [JSON.stringify(root), ...steps].join(',')
}

/** The body of one export. */
export function exportOf(spans: readonly string[]): string {
  const resource = {
    attributes: [text('service.name', 'pangate'), text('service.version', VERSION)],
  }
  const scope = JSON.stringify({ name: 'pangate', version: VERSION })
  // The spans are JSON already.
  return `{"resourceSpans":[{"resource":${JSON.stringify(resource)},"scopeSpans":[{"scope":${scope},"spans":[${spans.join(',')}]}]}]}`
}

function attributesOf(fields: Fields): readonly Attribute[] {
  return ATTRIBUTES.flatMap(([name, of]) => {
    const value = of(fields)
    // 64-bit integers are texts in protobuf's JSON.
    if (typeof value === 'number') return [{ key: name, value: { intValue: String(value) } }]
    return typeof value === 'string' ? [text(name, value)] : []
  })
}

function text(key: string, stringValue: string): Attribute {
  return { key, value: { stringValue } }
}

/** Nanoseconds since 1970 as a text: more digits than a number has. */
function nanoseconds(ms: number): string {
  const whole = Math.floor(ms)
  return String(whole) + String(Math.floor((ms - whole) * 1e6)).padStart(6, '0')
}
