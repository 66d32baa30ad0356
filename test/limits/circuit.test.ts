/** @module Circuit breakers: what opens them, what is let through, how they close, how processes tell each other. */
import { expect, test } from 'bun:test'
import {
  openCircuits,
  type CircuitChange,
  type CircuitShare,
  type Circuits,
  type Ending,
} from '../../src/limits/circuit.ts'

const KEY = 'api.psp.test:443'

/** Circuits that open at three failures, for a second, with a clock that is moved and probes that are answered by hand. */
function world(share?: CircuitShare) {
  let now = 1_000_000
  const changes: string[] = []
  const probes: ((reached: boolean) => void)[] = []
  const circuits = openCircuits({
    failures: 3,
    open_ms: 1000,
    clock: () => now,
    random: () => 0,
    changed: ({ state, times }) => changes.push(`${state} ${times}`),
    ...(share && { share }),
  })
  const enter = (key = KEY) =>
    circuits.enter(key, () => new Promise((resolve) => probes.push(resolve)))
  return {
    circuits,
    changes,
    probes,
    enter,
    move: (ms: number) => {
      now += ms
    },
    /** Calls that go through one after the other and end so. */
    async calls(...endings: readonly Ending[]) {
      for (const ending of endings) (await enter()).end(ending)
    },
    async waits(key = KEY) {
      return (await enter(key)).wait_ms
    },
  }
}

/** Waits until a probe runs. */
async function nextProbe(probes: readonly unknown[], count = 1): Promise<void> {
  while (probes.length < count) await Promise.resolve()
}

test('failures in a row open it; an answer between them does not, and what says nothing does not either', async () => {
  const { calls, waits, changes } = world()
  await calls('failed', 'failed', 'succeeded', 'failed', 'failed', 'nothing')
  expect(await waits()).toBe(0)
  expect(changes).toEqual([])
  await calls('failed')
  expect(changes).toEqual(['open 1'])
  expect(await waits()).toBe(1000)
  expect(await waits('other.psp.test:443')).toBe(0)
})

test('when its time is over, one caller waits for a probe, and all others are told to wait', async () => {
  const { calls, waits, enter, move, probes, changes } = world()
  await calls('failed', 'failed', 'failed')
  move(999)
  expect(await waits()).toBe(1)
  expect(probes.length).toBe(0)
  move(1)
  const first = enter()
  await nextProbe(probes)
  for (let at = 0; at < 100; at++) expect(await waits()).toBe(1000)
  expect(probes.length).toBe(1)
  probes[0]?.(true)
  expect((await first).wait_ms).toBe(0)
  expect(changes).toEqual(['open 1', 'recovering 1'])
})

test('a probe that fails opens it for twice as long, up to a minute', async () => {
  const { calls, enter, waits, move, probes } = world()
  await calls('failed', 'failed', 'failed')
  for (const [at, ms] of [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000].entries()) {
    move(60_000)
    const trying = enter()
    await nextProbe(probes, at + 1)
    probes[at]?.(false)
    expect((await trying).wait_ms).toBe(ms)
    expect(await waits()).toBe(ms)
  }
})

test('as it recovers, few are let through and more with each success; one failure opens it again', async () => {
  const { circuits, calls, enter, waits, move, probes, changes } = world()
  await calls('failed', 'failed', 'failed')
  move(1000)
  const trying = enter()
  await nextProbe(probes)
  probes[0]?.(true)
  const first = await trying
  // The herd: a hundred at once, of whom none may go while the first is on its way.
  const herd = await Promise.all(Array.from({ length: 100 }, () => waits()))
  expect(herd.every((ms) => ms === 1000)).toBe(true)
  first.end('succeeded')
  const [second, third, fourth] = [await enter(), await enter(), await enter()]
  expect([second.wait_ms, third.wait_ms, fourth.wait_ms]).toEqual([0, 0, 1000])
  second.end('failed')
  expect(changes.at(-1)).toBe('open 2')
  expect(circuits.list()).toMatchObject([{ key: KEY, state: 'open', times: 2 }])
  // What began before says nothing any more.
  third.end('succeeded')
  expect(await waits()).toBe(2000)
})

test('a call that ends without saying anything gives its turn back', async () => {
  const { calls, enter, move, probes } = world()
  await calls('failed', 'failed', 'failed')
  move(1000)
  const trying = enter()
  await nextProbe(probes)
  probes[0]?.(true)
  const first = await trying
  first.end('nothing')
  first.end('nothing')
  const second = await enter()
  expect(second.wait_ms).toBe(0)
  expect((await enter()).wait_ms).toBe(1000)
})

test('enough successes close it, and nothing of it is kept', async () => {
  const { circuits, calls, enter, move, probes, changes } = world()
  await calls('failed', 'failed', 'failed')
  move(1000)
  const trying = enter()
  await nextProbe(probes)
  probes[0]?.(true)
  ;(await trying).end('succeeded')
  await calls(...Array.from({ length: 15 }, () => 'succeeded' as const))
  expect(changes).toEqual(['open 1', 'recovering 1', 'closed 0'])
  expect(circuits.list()).toEqual([])
  await calls('failed', 'failed')
  expect(changes.length).toBe(3)
})

test('calls that began before it opened and fail late do not open it again', async () => {
  const { enter, calls, move, probes, changes, waits } = world()
  const late = await Promise.all([enter(), enter(), enter(), enter()])
  await calls('failed', 'failed', 'failed')
  move(1000)
  const trying = enter()
  await nextProbe(probes)
  probes[0]?.(true)
  await trying
  for (const call of late) call.end('failed')
  expect(changes).toEqual(['open 1', 'recovering 1'])
  expect(await waits()).toBe(1000)
})

test('a clock that is set back does not keep it open', async () => {
  const { calls, enter, move, probes } = world()
  await calls('failed', 'failed', 'failed')
  move(-3_600_000)
  const trying = enter()
  await nextProbe(probes)
  probes[0]?.(true)
  expect((await trying).wait_ms).toBe(0)
})

test('processes tell each other, and never twice', async () => {
  const hubs: ((change: CircuitChange) => void)[] = []
  const published: string[] = []
  const share = (own: number): CircuitShare => ({
    publish: (change) => {
      published.push(`${own} ${change.state}`)
      for (const [at, on] of hubs.entries()) if (at !== own) on(structuredClone(change))
    },
    subscribe: (on) => {
      hubs[own] = on
    },
  })
  const [one, two] = [world(share(0)), world(share(1))]
  await one.calls('failed', 'failed', 'failed')
  expect(await two.waits()).toBe(1000)
  two.move(1000)
  const trying = two.enter()
  await nextProbe(two.probes)
  two.probes[0]?.(true)
  ;(await trying).end('succeeded')
  expect(await one.waits()).toBe(0)
  await two.calls(...Array.from({ length: 15 }, () => 'succeeded' as const))
  expect(one.circuits.list()).toEqual([])
  expect(published).toEqual(['0 open', '1 recovering', '1 closed'])
})

test('however many places fail, the memory of them is bounded', async () => {
  const { circuits } = world()
  const fail = async (key: string, all: Circuits): Promise<void> => {
    for (let at = 0; at < 3; at++) (await all.enter(key, async () => false)).end('failed')
  }
  for (let at = 0; at < 12_000; at++) await fail(`${at}.test:443`, circuits)
  expect(circuits.list().length).toBe(10_000)
})

test('with none allowed to fail, none is ever asked', async () => {
  const circuits = openCircuits({
    failures: 0,
    open_ms: 1,
    clock: Date.now,
    changed: () => undefined,
  })
  for (let at = 0; at < 100; at++) {
    const pass = await circuits.enter(KEY, async () => false)
    expect(pass.wait_ms).toBe(0)
    pass.end('failed')
  }
  expect(circuits.list()).toEqual([])
})
