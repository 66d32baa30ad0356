/**
 * @module Calls that wait at the same moment go together, and one that is wrong spoils no other.
 */
import { expect, test } from 'bun:test'
import { gather } from '../../src/store/gather.ts'

/** A server that answers when it is told to, and refuses odd numbers in company as well as alone. */
function server() {
  const requests: (readonly number[])[] = []
  const gates: (() => void)[] = []
  const ask = gather(
    async (inputs: readonly number[]) => {
      requests.push(inputs)
      await new Promise<void>((resolve) => gates.push(resolve))
      if (inputs.some((one) => one < 0)) throw new RangeError('gone')
      if (inputs.some((one) => one % 2 === 1)) throw new TypeError('odd')
      return inputs.map((one) => one * 10)
    },
    (error) => error instanceof TypeError,
  )
  return {
    ask,
    requests,
    /** Answers all there is, until nothing more comes. */
    async answer(): Promise<void> {
      for (;;) {
        await Bun.sleep(0)
        const open = gates.splice(0)
        if (open.length === 0) return
        for (const gate of open) gate()
      }
    },
  }
}

test('what is asked in one turn is one request, and each gets its own answer', async () => {
  const { ask, requests, answer } = server()
  const asked = Promise.all([2, 4, 6].map(ask))
  await answer()
  expect(await asked).toEqual([20, 40, 60])
  expect(requests).toEqual([[2, 4, 6]])
})

test('few requests are under way at once, and what waits goes along with the next', async () => {
  const { ask, requests, answer } = server()
  const asked: Promise<number>[] = []
  for (let at = 0; at < 300; at++) {
    asked.push(ask(at * 2))
    await Promise.resolve()
  }
  expect(requests.length).toBeLessThanOrEqual(4)
  await answer()
  expect(await Promise.all(asked)).toEqual(asked.map((_, at) => at * 20))
  expect(requests.length).toBeLessThan(15)
  expect(Math.max(...requests.map(({ length }) => length))).toBe(64)
})

test('one that is refused is refused alone', async () => {
  const { ask, requests, answer } = server()
  const asked = Promise.allSettled([2, 3, 4].map(ask))
  await answer()
  expect((await asked).map((one) => ('value' in one ? one.value : one.reason.message))).toEqual([
    20,
    'odd',
    40,
  ])
  expect(requests).toEqual([[2, 3, 4], [2], [3], [4]])
})

test('a server that is gone is not asked again for each', async () => {
  const { ask, requests, answer } = server()
  const asked = Promise.allSettled([2, -1, 4].map(ask))
  await answer()
  expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(requests).toHaveLength(1)
})
