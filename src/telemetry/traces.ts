/**
 * @module Traces as they are configured: an exporter where a collector is named.
 */
import { rootCertificates } from 'node:tls'
import { OperatorError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { openExporter } from './exporter.ts'
import type { Telemetry } from './telemetry.ts'

/** `[telemetry]` of the configuration. */
export interface TraceSettings {
  readonly otlp_url: string | null
  readonly otlp_headers: Secret | null
  readonly trace_percent: number
}

/** RFC 9110, 5.6.2 and 5.5. */
const HEADER = /^([!#$%&'*+\-.^_`|~\w]+)=([\t\x20-\x7e]*)$/

/** Starts to send traces, or does nothing. `ca` is trusted besides the built-in authorities. Throws OperatorError. */
export function exportTraces(
  telemetry: Telemetry,
  { otlp_url, otlp_headers, trace_percent }: TraceSettings,
  ca: string | null,
): void {
  if (otlp_url === null) return
  const options = {
    url: otlp_url,
    headers: otlp_headers === null ? [] : headersOf(otlp_headers.reveal()),
    percent: trace_percent,
    ...(ca !== null && { ca: [...rootCertificates, ca] }),
  }
  telemetry.export(openExporter(options, telemetry.metrics, telemetry.log))
}

/** As OTEL_EXPORTER_OTLP_HEADERS has them. https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
function headersOf(text: string): readonly (readonly [string, string])[] {
  return text.split(',').map((pair) => {
    const [, name, value = ''] = HEADER.exec(pair.trim()) ?? []
    // What was written is a secret, and is not repeated.
    if (name === undefined) {
      throw new OperatorError(
        'the headers for the collector cannot be read',
        'write [telemetry] otlp_headers as name=value, with commas between several',
      )
    }
    return [name.toLowerCase(), value.trim()] as const
  })
}
