/** @module The dashboard asks for metrics that there are, by labels that they have. */
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FAMILIES, type Family } from '../../src/telemetry/families.ts'

const file = join(import.meta.dir, '../../docs/grafana.json')
const dashboard: unknown = JSON.parse(readFileSync(file, 'utf8'))

/** Every text under a key, anywhere. */
function textsOf(value: unknown, wanted: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === wanted && typeof inner === 'string' ? [inner] : textsOf(inner, wanted),
  )
}

const queries = textsOf(dashboard, 'expr')
/** Given by Prometheus itself, and by histograms. */
const OTHERS = ['job', 'instance', 'le']
/** What a histogram is asked for. */
const PARTS = /_(?:bucket|sum|count)$/

/** Metrics in a query, with the text of their selectors. */
const metricsOf = (query: string): readonly (readonly [name: string, selector: string])[] =>
  [...query.matchAll(/\b((?:pangate|process)_\w+)(\{[^}]*\})?/g)].map(
    ([, name = '', selector = '']) => [name, selector],
  )

const familyOf = (name: string): Family | undefined =>
  new Map<string, Family>(Object.entries(FAMILIES)).get(name) ??
  new Map<string, Family>(
    Object.entries(FAMILIES).filter(([, { type }]) => type === 'histogram'),
  ).get(name.replace(PARTS, ''))

test('has queries', () => {
  expect(queries.length).toBeGreaterThan(20)
})

test.each(queries.map((query) => [query]))('%s', (query) => {
  const metrics = metricsOf(query)
  expect(metrics.length).toBeGreaterThan(0)
  const labels = new Set<string>(OTHERS)
  for (const [name, selector] of metrics) {
    const family = familyOf(name)
    expect(family, name).toBeDefined()
    // A histogram is asked for by its parts, and nothing else is.
    expect(PARTS.test(name) && family?.type === 'histogram', name).toBe(
      family?.type === 'histogram',
    )
    // Counters are of use as rates, gauges are not.
    const rated = new RegExp(`(?:rate|increase)\\(${name}[{[]`).test(query)
    expect(rated, name).toBe(family?.type !== 'gauge')
    for (const label of family?.labels ?? []) labels.add(label)
    for (const [, label = ''] of selector.matchAll(/(\w+)(?:=~?|!=|!~)"/g)) {
      expect([...OTHERS, ...(family?.labels ?? [])], selector).toContain(label)
    }
  }
  for (const [, list = ''] of query.matchAll(/(?:by|on|group_left) \(([^)]*)\)/g)) {
    for (const label of list.split(', ')) expect([...labels], query).toContain(label)
  }
  expect(query.split('(').length).toBe(query.split(')').length)
})

test('shows every metric there is', () => {
  const shown = new Set(queries.flatMap(metricsOf).map(([name]) => name))
  const missing = Object.keys(FAMILIES).filter(
    (name) => ![name, `${name}_bucket`].some((one) => shown.has(one)),
  )
  expect(missing).toEqual([])
})

test('can be imported: its own data source, ids, places that do not overlap', () => {
  const uids = new Set(textsOf(dashboard, 'uid'))
  expect(uids).toEqual(new Set(['${datasource}', 'pangate']))
  const panels =
    typeof dashboard === 'object' && dashboard !== null && 'panels' in dashboard
      ? dashboard.panels
      : []
  const list = Array.isArray(panels) ? panels : []
  const taken = new Set<string>()
  for (const { gridPos } of list) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.has(`${x} ${y}`)).toBe(false)
        taken.add(`${x} ${y}`)
      }
    }
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
  }
  expect(new Set(list.map(({ id }) => id)).size).toBe(list.length)
  expect(textsOf(dashboard, 'definition')).toEqual(['label_values(pangate_build_info, job)'])
})
