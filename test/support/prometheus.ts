/**
 * @module Reads Prometheus' text format as strictly as its description says. https://prometheus.io/docs/instrumenting/exposition_formats/
 */

const LABEL = String.raw`[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"`
const SERIES = new RegExp(
  String.raw`^([a-zA-Z_:][\w:]*)(\{${LABEL}(?:,${LABEL})*\})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)|[+-]Inf|NaN)$`,
)

/** Series as they are written -> value. Throws where a line, an order or a histogram is not as it must be. */
export function readPrometheus(text: string): ReadonlyMap<string, number> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const series = new Map<string, number>()
  const seen = new Set<string>()
  let family = { name: '', type: '' }
  for (const line of text.split('\n').slice(0, -1)) {
    const help = /^# HELP ([a-zA-Z_:][\w:]*) (?:[^\\\n]|\\[\\n])+$/.exec(line)?.[1]
    if (help !== undefined) {
      // All lines of one metric stand together.
      if (seen.has(help)) throw new Error(`${help} stands in two places`)
      seen.add(help)
      family = { name: help, type: '' }
      continue
    }
    const [, typed, type = ''] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? []
    if (typed !== undefined) {
      if (typed !== family.name || family.type !== '') throw new Error(`TYPE out of place: ${line}`)
      family.type = type
      continue
    }
    const [, name = '', labels = '', value = ''] = SERIES.exec(line) ?? []
    if (name === '') throw new Error(`no line of the format: ${JSON.stringify(line)}`)
    const own = family.type === 'histogram' ? name.replace(/_(?:bucket|sum|count)$/, '') : name
    if (own !== family.name || family.type === '') throw new Error(`${name} without HELP and TYPE`)
    const key = name + labels
    if (series.has(key)) throw new Error(`${key} twice`)
    series.set(key, Number(value.replace('Inf', 'Infinity')))
  }
  checkHistograms(series)
  return series
}

/** Buckets rise, and the last one is the count. */
function checkHistograms(series: ReadonlyMap<string, number>): void {
  let before = { key: '', value: 0 }
  for (const [key, value] of series) {
    const [, name = '', labels = '', bound = ''] =
      /^(\w+)_bucket\{(.*?),?le="([^"]+)"\}$/.exec(key) ?? []
    if (name === '') continue
    const group = `${name}{${labels}}`
    if (before.key === group && value < before.value) throw new Error(`${key} falls`)
    before = { key: group, value }
    if (bound !== '+Inf') continue
    const count = series.get(`${name}_count${labels === '' ? '' : `{${labels}}`}`)
    if (count !== value) throw new Error(`${group}: ${value} in buckets, ${count} counted`)
  }
}
