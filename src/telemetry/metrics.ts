/**
 * @module The numbers of one process: counters and histograms in memory, gauges asked of those who know. Plain data comes out.
 */
import {
  FAMILIES,
  labelLimiter,
  type CounterName,
  type FamilyName,
  type GaugeName,
  type HistogramName,
} from './families.ts'

/** One series. A histogram's value is its counts by bucket, the count above all bounds, and the sum. */
export interface Sample {
  readonly name: FamilyName
  readonly labels: readonly string[]
  readonly value: number | readonly number[]
}

/** All numbers of a process at one moment: plain data, to be merged with those of others. */
export type Snapshot = readonly Sample[]

/** What a gauge shows: one number, or one for each set of label values. */
export type Reading = number | readonly (readonly [labels: readonly string[], value: number])[]

export interface Metrics {
  /** Adds to a counter; `labels` are values in the order of the table. */
  count(name: CounterName, labels?: readonly string[], by?: number): void
  /** The place of one histogram, for those who add to it often. */
  histogram(name: HistogramName, labels?: readonly string[]): Histogram
  /** Has a gauge, or a counter that is kept elsewhere, read whenever the numbers are asked for. */
  watch(name: GaugeName | CounterName, read: () => Reading): void
  snapshot(): Snapshot
}

/** Counts by bucket, preallocated: adding to it allocates nothing. */
export interface Histogram {
  /** Adds one time in seconds. */
  add(seconds: number): void
}

/** An empty set of numbers. */
export function openMetrics(): Metrics {
  const counters = new Map<
    string,
    { name: CounterName; labels: readonly string[]; value: number }
  >()
  const histograms = new Map<string, Counts>()
  const watched: { name: GaugeName | CounterName; read: () => Reading }[] = []
  const limit = labelLimiter()
  const limited = (name: FamilyName, labels: readonly string[]): readonly string[] =>
    labels.map((value, at) => limit(FAMILIES[name].labels[at] ?? '', value))

  const metrics: Metrics = {
    count(name, labels = [], by = 1) {
      // Values that have a series are within the limits.
      const known = counters.get(keyOf(name, labels))
      if (known) return void (known.value += by)
      const own = limited(name, labels)
      const key = keyOf(name, own)
      const counter = counters.get(key)
      if (counter) counter.value += by
      else counters.set(key, { name, labels: own, value: by })
    },
    histogram(name, labels = []) {
      const known = histograms.get(keyOf(name, labels))
      if (known) return known
      const own = limited(name, labels)
      const key = keyOf(name, own)
      const found = histograms.get(key) ?? new Counts(name, own, FAMILIES[name].buckets)
      histograms.set(key, found)
      return found
    },
    watch: (name, read) => void watched.push({ name, read }),
    snapshot: () => [
      ...[...counters.values()].map((counter) => ({ ...counter })),
      ...[...histograms.values()].map((counts) => counts.sample()),
      ...watched.flatMap(({ name, read }) =>
        samplesOf(read()).map(([labels, value]) => ({
          name,
          labels: limited(name, labels),
          value,
        })),
      ),
    ],
  }
  for (const [name, family] of Object.entries(FAMILIES)) {
    // Its own keys, and counters alone have a start.
    if (family.type === 'counter') start(metrics, name as CounterName)
  }
  return metrics
}

function start(metrics: Metrics, name: CounterName): void {
  for (const labels of FAMILIES[name].start ?? []) metrics.count(name, labels, 0)
}

/** Tells series apart. */
export function keyOf(name: string, labels: readonly string[]): string {
  let key = name
  for (const label of labels) key += `\n${label}`
  return key
}

function samplesOf(reading: Reading): readonly (readonly [readonly string[], number])[] {
  return typeof reading === 'number' ? [[[], reading]] : reading
}

class Counts implements Histogram {
  readonly #name: HistogramName
  readonly #labels: readonly string[]
  readonly #bounds: readonly number[]
  readonly #counts: Float64Array
  #sum = 0

  constructor(name: HistogramName, labels: readonly string[], bounds: readonly number[]) {
    this.#name = name
    this.#labels = labels
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  add(seconds: number): void {
    let at = 0
    while (at < this.#bounds.length && seconds > (this.#bounds[at] ?? Infinity)) at++
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#sum += seconds
  }

  sample(): Sample {
    return { name: this.#name, labels: this.#labels, value: [...this.#counts, this.#sum] }
  }
}
