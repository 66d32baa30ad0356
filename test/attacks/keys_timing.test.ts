/**
 * @module Whether the time of an answer tells how much of a share was right.
 */
import { expect, test } from 'bun:test'
import { parseShare, splitKey } from '../../src/custody/share.ts'
import { generateMasterKey, parse } from '../../src/vault/master_key.ts'

test('L08 a share that is wrong at its end takes as long as one that is wrong at its beginning', async () => {
  const samples = process.env['PANGATE_TEST_LONG'] === '1' ? 20_000 : 4_000
  const [share = ''] = await splitKey(parse(generateMasterKey()), 2, 2)
  const changed = (at: number): string =>
    share.slice(0, at) + (share[at] === 'A' ? 'B' : 'A') + share.slice(at + 1)
  const texts = [changed(20), changed(share.length - 1)]
  /** Welch's t of the faster nine tenths, in which the machine's own pauses are not. */
  const compare = (): number => {
    const times: [number[], number[]] = [[], []]
    for (let at = 0; at < samples; at++) {
      for (const [which, text] of texts.entries()) {
        const begun = Bun.nanoseconds()
        parseShare(text)
        times[which === 0 ? 0 : 1].push(Bun.nanoseconds() - begun)
      }
    }
    const [one, two] = times.map((list) => {
      const kept = list.toSorted((x, y) => x - y).slice(0, Math.floor(list.length * 0.9))
      const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length
      const squares = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0)
      return { mean, error: squares / (kept.length - 1) / kept.length }
    })
    if (!one || !two) throw new Error('no times')
    return Math.abs(one.mean - two.mean) / Math.sqrt(one.error + two.error)
  }
  compare()
  // A difference there is shows every time; one of the machine's does not.
  const found = Math.min(compare(), compare(), compare())
  console.log(`L08 shares: t = ${found.toFixed(2)} of ${samples} samples each`)
  expect(found).toBeLessThan(4.5)
})
