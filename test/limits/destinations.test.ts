/** @module Limits by destination: places, shares of tenants, and whose failures are whose. */
import { describe, expect, test } from 'bun:test'
import { openCircuits } from '../../src/limits/circuit.ts'
import { openWaits } from '../../src/limits/waits.ts'
import { openDestinations, type Failure, type Way } from '../../src/limits/destinations.ts'

const HOST = { host: 'api.psp.test', port: 443 }
const reachable = async (): Promise<boolean> => true

function world(limit: number, failures = 0) {
  let now = 0
  const circuits = openCircuits({
    failures,
    open_ms: 1000,
    clock: () => now,
    changed: () => undefined,
    random: () => 0,
  })
  const destinations = openDestinations(limit, circuits, openWaits())
  const enter = (tenant: string, target = HOST, test = false): Promise<Way> =>
    destinations.enter({ tenant, test }, target, reachable)
  return {
    enter,
    move: (ms: number) => {
      now += ms
    },
    /** Calls that end so, one after the other; gives what refused each. */
    async calls(
      tenant: string,
      times: number,
      failure: Failure | null,
      target = HOST,
      test = false,
    ) {
      const codes: (string | null)[] = []
      for (let at = 0; at < times; at++) {
        const way = await enter(tenant, target, test)
        codes.push(way.refused?.code ?? null)
        if (!way.refused) way.tell(failure)
        way.leave()
      }
      return codes
    },
  }
}

describe('places at a host', () => {
  test('are as many as are allowed, three quarters for one tenant, and come back', async () => {
    const { enter } = world(8)
    const own = await Promise.all(Array.from({ length: 8 }, () => enter('a')))
    expect(own.map(({ refused }) => refused?.code ?? null)).toEqual([
      ...Array.from({ length: 6 }, () => null),
      'destination_busy',
      'destination_busy',
    ])
    const others = await Promise.all(Array.from({ length: 3 }, () => enter('b')))
    expect(others.map(({ refused }) => refused === null)).toEqual([true, true, false])
    expect(others[2]?.refused).toMatchObject({ code: 'destination_busy', sent: 'no' })
    // Another host, or another port of the same, is another place.
    expect((await enter('a', { ...HOST, port: 8443 })).refused).toBeNull()
    for (const way of [...own, ...others]) {
      way.leave()
      way.leave()
    }
    const again = await Promise.all(Array.from({ length: 7 }, () => enter('a')))
    expect(again.filter(({ refused }) => refused === null).length).toBe(6)
  })

  test('have no bound where there is none', async () => {
    const { enter } = world(0)
    for (let at = 0; at < 1000; at++) expect((await enter('a')).refused).toBeNull()
  })
})

describe('failures', () => {
  test('to connect are of the host, for all tenants; another port is another matter', async () => {
    const { calls } = world(0, 3)
    expect(await calls('a', 3, 'connect')).toEqual([null, null, null])
    expect(await calls('b', 1, null)).toEqual(['circuit_open'])
    expect(await calls('b', 1, null, { ...HOST, port: 8443 })).toEqual([null])
  })

  test('to answer are of the tenant and its mode: nobody opens the circuit of another', async () => {
    const { calls } = world(0, 3)
    await calls('a', 3, 'answer')
    expect(await calls('a', 1, null)).toEqual(['circuit_open'])
    expect(await calls('a', 1, null, HOST, true)).toEqual([null])
    expect(await calls('b', 10, null)).toEqual(Array.from({ length: 10 }, () => null))
  })

  test('of one kind are not made up for by the other', async () => {
    const { calls } = world(0, 3)
    // It took every connection, so that it can be reached; and it answered none.
    await calls('a', 2, 'answer')
    await calls('a', 2, 'connect')
    await calls('a', 1, 'answer')
    expect(await calls('a', 1, null)).toEqual(['circuit_open'])
    expect(await calls('b', 1, null)).toEqual([null])
  })

  test('say when to come again', async () => {
    const { calls, enter, move } = world(0, 3)
    await calls('a', 3, 'connect')
    expect((await enter('a')).refused).toMatchObject({ code: 'circuit_open', retry_after: 1 })
    move(1000)
    const way = await enter('a')
    expect(way.refused).toBeNull()
    way.tell(null)
    way.leave()
  })
})
