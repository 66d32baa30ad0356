/**
 * @module A collector of traces: takes OTLP over HTTP in JSON, and refuses what is not as opentelemetry-proto's JSON must be.
 */
import { createServer } from 'node:http'
import { evidence } from './run.ts'

export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly start: bigint
  readonly end: bigint
  readonly attributes: Readonly<Record<string, string>>
  readonly status: number
}

export interface Collector {
  readonly url: string
  readonly spans: Span[]
  /** Bodies as they came. */
  readonly bodies: string[]
  readonly headers: Readonly<Record<string, string | string[] | undefined>>[]
  /** What was wrong with what came. */
  readonly faults: string[]
  /** Its status; null: it does not answer. */
  status: number | null
  stop(): Promise<void>
}

/** Starts it on a free port. */
export async function startCollector(): Promise<Collector> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      collector.bodies.push(body)
      collector.headers.push({ ...request.headers })
      evidence('traces.json', body)
      if (collector.status === null) return
      if (request.url !== '/v1/traces' || request.method !== 'POST') collector.faults.push('place')
      if (request.headers['content-type'] !== 'application/json') collector.faults.push('type')
      try {
        if (collector.status === 200) collector.spans.push(...spansIn(JSON.parse(body)))
      } catch (error) {
        collector.faults.push(String(error))
      }
      response.writeHead(collector.status, { 'content-type': 'application/json' })
      response.end('{"partialSuccess":{}}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const collector: Collector = {
    url: `http://127.0.0.1:${port}`,
    spans: [],
    bodies: [],
    headers: [],
    faults: [],
    status: 200,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return collector
}

/** All spans of an ExportTraceServiceRequest. Throws where a field is unknown, missing or of another type. */
function spansIn(body: unknown): readonly Span[] {
  return listOf(shaped(body, { resourceSpans: list })['resourceSpans']).flatMap((resourceSpan) => {
    const { resource, scopeSpans } = shaped(resourceSpan, { resource: any, scopeSpans: list })
    const own = attributes(shaped(resource, { attributes: list })['attributes'])
    if (own['service.name'] !== 'pangate') throw new Error('service.name')
    return listOf(scopeSpans).flatMap((scopeSpan) => {
      const { scope, spans } = shaped(scopeSpan, { scope: any, spans: list })
      shaped(scope, { name: text(/./), version: text(/./) })
      return listOf(spans).map(spanOf)
    })
  })
}

/** https://github.com/open-telemetry/opentelemetry-proto, trace/v1/trace.proto; ids in hexadecimal, 64 bits as text. */
function spanOf(value: unknown): Span {
  const isChild = typeof value === 'object' && value !== null && 'parentSpanId' in value
  const span = shaped(value, {
    traceId: text(/^(?!0+$)[0-9a-f]{32}$/),
    spanId: text(/^(?!0+$)[0-9a-f]{16}$/),
    ...(isChild && { parentSpanId: text(/^(?!0+$)[0-9a-f]{16}$/) }),
    name: text(/^.{1,100}$/),
    kind: (one) => typeof one === 'number' && one >= 1 && one <= 5,
    startTimeUnixNano: text(/^\d{19}$/),
    endTimeUnixNano: text(/^\d{19}$/),
    attributes: list,
    status: any,
  })
  const status = shaped(span['status'], { code: (one) => one === 0 || one === 1 || one === 2 })
  return {
    traceId: String(span['traceId']),
    spanId: String(span['spanId']),
    ...(isChild && { parentSpanId: String(span['parentSpanId']) }),
    name: String(span['name']),
    kind: Number(span['kind']),
    start: BigInt(String(span['startTimeUnixNano'])),
    end: BigInt(String(span['endTimeUnixNano'])),
    attributes: attributes(span['attributes']),
    status: Number(status['code']),
  }
}

function attributes(value: unknown): Readonly<Record<string, string>> {
  const pairs = listOf(value).map((one) => {
    const { key, value: any_value } = shaped(one, { key: text(/^[a-z][a-z0-9_.]*$/), value: any })
    const [kind = '', content] = Object.entries(Object(any_value))[0] ?? []
    const fits = kind === 'intValue' ? text(/^-?\d+$/) : text(/^[^\0]*$/)
    if (!['stringValue', 'intValue'].includes(kind) || !fits(content)) throw new Error(`${key}`)
    return [String(key), String(content)] as const
  })
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Error('an attribute twice')
  return Object.fromEntries(pairs)
}

type Check = (value: unknown) => boolean
const any: Check = (value) => typeof value === 'object' && value !== null
const list: Check = (value) => Array.isArray(value)
const text =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value)

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function shaped(
  value: unknown,
  shape: Readonly<Record<string, Check>>,
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error('no object')
  const entries = Object.entries(value)
  for (const [key, one] of entries) {
    if (!shape[key]?.(one)) throw new Error(`${key}: ${JSON.stringify(one)?.slice(0, 80)}`)
  }
  for (const key of Object.keys(shape)) if (!(key in value)) throw new Error(`${key} is missing`)
  return Object.fromEntries(entries)
}
