/** @module The door: who waits, for how long, who is let in first, and that refusing does not keep it from working. */
import { describe, expect, test } from 'bun:test'
import { openDoor } from '../../src/limits/door.ts'

/** A door for so many at once, whose loop goes round when it is told to. */
function world(most: number, patience_ms = 500) {
  let now = 0
  let working = 0
  const turns: { readonly run: () => void; readonly at: number }[] = []
  const door = openDoor({
    most,
    patience_ms,
    working: () => working,
    now: () => now,
    schedule: (run, ms) => turns.push({ run, at: now + (ms ?? 0) }),
  })
  const told: string[] = []
  return {
    door,
    told,
    /** Comes; is at work at once, or as soon as it is let in. */
    come(id: string, name = 'a', bytes = 0) {
      const admitted = door.enter(name, bytes)
      if (admitted === null) {
        working++
        told.push(`in ${id}`)
      }
      void admitted?.then((isIn) => {
        if (isIn) working++
        told.push(`${isIn ? 'in' : 'refused'} ${id}`)
      })
    },
    leave() {
      working--
      door.left()
    },
    working: () => working,
    /** Lets time pass, and the loop go round once for all that was due. */
    async turn(ms = 0) {
      now += ms
      const due = turns.filter(({ at }) => at <= now)
      for (const one of due) turns.splice(turns.indexOf(one), 1)
      for (const { run } of due) run()
      // Two steps: the promise, and what is done with it.
      await Promise.resolve()
      await Promise.resolve()
      return due.length
    },
  }
}

const numbers = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${at}`)

describe('a door', () => {
  test('lets in as many as may work at once, and the others in their order as places come free', async () => {
    const { come, leave, turn, told, door } = world(2)
    for (const id of ['1', '2', '3', '4']) come(id)
    expect(told).toEqual(['in 1', 'in 2'])
    expect(door.waiting()).toBe(2)
    leave()
    await turn()
    expect(told).toEqual(['in 1', 'in 2', 'in 3'])
    leave()
    leave()
    await turn()
    expect(told.at(-1)).toBe('in 4')
    expect(door.waiting()).toBe(0)
  })

  test('begins no more than the loop bears before it goes round, even where there is no limit', async () => {
    const { come, turn, working } = world(0)
    for (const id of numbers(1000)) come(id)
    expect(working()).toBe(128)
    await turn()
    expect(working()).toBe(256)
    while ((await turn()) > 0);
    expect(working()).toBe(1000)
  })

  test('does not let in more in one turn than there are places', async () => {
    const { come, turn, working, leave } = world(100)
    for (const id of numbers(400)) come(id)
    expect(working()).toBe(100)
    for (let at = 0; at < 60; at++) leave()
    await turn()
    expect(working()).toBe(100)
  })

  test('refuses who has waited too long', async () => {
    const { come, turn, told } = world(1, 500)
    come('1')
    come('2')
    await turn(500)
    expect(told).toEqual(['in 1'])
    await turn(10)
    expect(told).toEqual(['in 1', 'refused 2'])
  })

  test('lets in the newest where the oldest have waited too long', async () => {
    const { come, turn, told, leave } = world(1, 100)
    come('working')
    for (const id of numbers(5000)) come(`old ${id}`)
    await turn(101)
    come('new 1')
    come('new 2')
    leave()
    await turn()
    expect(told.filter((line) => line.startsWith('in'))).toEqual(['in working', 'in new 2'])
    expect(told).toContain('refused old 0')
    // The oldest are refused, and not all at once.
    expect(told.filter((line) => line.startsWith('refused')).length).toBeWithin(1, 1000)
  })

  test('refuses so many in a millisecond, and all in the end', async () => {
    const { come, turn, told, door } = world(1, 0)
    come('working')
    for (const id of numbers(1000)) come(id)
    for (let ms = 0; ms < 300 && door.waiting() > 0; ms++) {
      const before = told.length
      await turn(10)
      expect(told.length - before).toBeLessThanOrEqual(40)
    }
    expect(told.length).toBe(1001)
  })

  test('gives each name its turn: who floods it waits behind nobody but itself', async () => {
    const { come, turn, told, leave } = world(1)
    come('working', 'flood')
    for (const id of numbers(3000)) come(`flood ${id}`, 'flood')
    come('merchant 1', 'merchant')
    come('merchant 2', 'merchant')
    for (let at = 0; at < 4; at++) {
      leave()
      await turn()
    }
    expect(told.slice(1).filter((line) => line.includes('merchant')).length).toBe(2)
  })

  test('lets nobody wait who brings much', async () => {
    const { come, told, turn } = world(1)
    come('working')
    come('small', 'a', 65_536)
    come('large', 'a', 65_537)
    come('unknown', 'a', Infinity)
    await turn()
    expect(told).toEqual(['in working', 'refused large', 'refused unknown'])
    for (const id of numbers(1100)) come(id, 'a', 65_536)
    await turn()
    expect(told.filter((line) => line.startsWith('refused')).length).toBe(2 + 1101 - 1024)
  })
})
