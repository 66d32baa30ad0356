/**
 * @module Numbers in Prometheus' text format. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import { FAMILIES, type Family } from './families.ts'
import type { Sample, Snapshot } from './metrics.ts'

/** The content type of {@link prometheus}. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** All families that have a series, in the order of the table, each under its HELP and TYPE. Pure. */
export function prometheus(snapshot: Snapshot): string {
  const lines = Object.entries(FAMILIES).flatMap(([name, family]) => {
    const series = snapshot.filter((sample) => sample.name === name)
    return series.length === 0
      ? []
      : [
          `# HELP ${name} ${family.help}`,
          `# TYPE ${name} ${family.type}`,
          ...series.flatMap((sample) => seriesLines(family, sample)),
        ]
  })
  return `${lines.join('\n')}\n`
}

function seriesLines(family: Family, { name, labels, value }: Sample): readonly string[] {
  const own = labels.map((text, at) => `${family.labels[at]}="${escaped(text)}"`)
  if (typeof value === 'number') return [`${name}${braced(own)} ${value}`]
  const bounds = [...(family.buckets ?? []).map(String), '+Inf']
  let count = 0
  const buckets = bounds.map((bound, at) => {
    // Each bucket holds those below it too.
    count += value[at] ?? 0
    return `${name}_bucket${braced([...own, `le="${bound}"`])} ${count}`
  })
  return [
    ...buckets,
    `${name}_sum${braced(own)} ${value[bounds.length] ?? 0}`,
    `${name}_count${braced(own)} ${count}`,
  ]
}

function braced(labels: readonly string[]): string {
  return labels.length === 0 ? '' : `{${labels.join(',')}}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
