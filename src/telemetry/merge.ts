/**
 * @module The numbers of several processes as those of one.
 */
import { FAMILIES, labelLimiter, type Family } from './families.ts'
import { keyOf, type Sample, type Snapshot } from './metrics.ts'

/**
 * Adds up counters and histograms; gauges as their family says. Series of unknown families, of a process of another
 * version, are left out. Pure.
 */
export function merge(snapshots: readonly Snapshot[]): Snapshot {
  const merged = new Map<string, Sample>()
  const limit = labelLimiter()
  for (const sample of snapshots.flat()) {
    // A process of another version may know other families.
    const family: Family | undefined = FAMILIES[sample.name]
    if (!family || !fits(family, sample)) continue
    const labels = sample.labels.map((value, at) => limit(family.labels[at] ?? '', value))
    const key = keyOf(sample.name, labels)
    const before = merged.get(key)
    const value = before ? together(family, before.value, sample.value) : sample.value
    merged.set(key, { name: sample.name, labels, value })
  }
  return [...merged.values()]
}

function fits({ labels, buckets }: Family, sample: Sample): boolean {
  const numbers = typeof sample.value === 'number' ? 0 : sample.value.length
  return sample.labels.length === labels.length && numbers === (buckets ? buckets.length + 2 : 0)
}

function together(
  { merge: how = 'sum' }: Family,
  one: Sample['value'],
  other: Sample['value'],
): Sample['value'] {
  if (typeof one === 'number' && typeof other === 'number') {
    return how === 'sum' ? one + other : Math[how](one, other)
  }
  const [a, b] = [[one].flat(), [other].flat()]
  return a.map((value, at) => value + (b[at] ?? 0))
}
