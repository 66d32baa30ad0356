/**
 * @module The pool keeps workers running: it replaces those that die, waits longer where they die again, and gives up.
 */
import { expect, test } from 'bun:test'
import { OperatorError } from '../../src/errors.ts'
import type { Fields, Log } from '../../src/telemetry/log.ts'
import { openPool, type Worker } from '../../src/workers/pool.ts'

/** A process that does as the test says. */
class Fake implements Worker {
  static pids = 0
  readonly pid = ++Fake.pids
  readonly drained: number[] = []
  readonly place: number
  readonly leave: () => Promise<void>
  readonly #starting = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<string>()
  readonly exited = this.#ended.promise
  answers = true

  constructor(place: number, leave: () => Promise<void>) {
    this.place = place
    this.leave = leave
  }
  start(): Promise<void> {
    return this.#starting.promise
  }
  listens(): void {
    this.#starting.resolve()
  }
  refuses(error: Error): void {
    this.#starting.reject(error)
  }
  /** As a process does: its link ends with it. */
  ends(how = 'status 0'): void {
    this.#starting.reject(new Error('closed'))
    this.#starting.promise.catch(() => undefined)
    this.#ended.resolve(how)
  }
  async drain(limit: number): Promise<void> {
    this.drained.push(limit)
    this.ends()
  }
  ping(): Promise<void> {
    return this.answers ? Promise.resolve() : new Promise(() => undefined)
  }
  kill(): void {
    this.ends('SIGKILL')
  }
}

/** Resolves when a condition holds; each turn of the loop looks again. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

function pool(size: number, behave: (worker: Fake) => void = (worker) => worker.listens()) {
  const made: Fake[] = []
  const pauses: number[] = []
  const gone: number[] = []
  const lines: [string, Fields | undefined][] = []
  const told = (event: string, fields?: Fields): void => void lines.push([event, fields])
  const log: Log = { debug: told, info: told, warn: told, error: told }
  const state = { behave }
  const opened = openPool<Fake>({
    size,
    log,
    spawn(place, leaving) {
      const worker = new Fake(place, leaving)
      made.push(worker)
      queueMicrotask(() => state.behave(worker))
      return worker
    },
    gone: async ({ pid }) => void gone.push(pid),
    pause(failures) {
      pauses.push(failures)
      return 0
    },
    ping_ms: 2,
  })
  return { ...opened, made, pauses, gone, lines, state }
}

const places = (workers: readonly Fake[]): readonly number[] => workers.map(({ place }) => place)

test('starts all, and gives those that listen', async () => {
  const { start, ready, made } = pool(3)
  expect(ready()).toEqual([])
  await start()
  expect(places(ready())).toEqual([1, 2, 3])
  expect(made).toHaveLength(3)
})

test('what only the operator can mend ends the start at once', async () => {
  const { start, made } = pool(2, (worker) => {
    if (worker.place === 1) worker.listens()
    else worker.refuses(new OperatorError('the port is taken', 'ss'))
  })
  await expect(start()).rejects.toMatchObject({ message: 'the port is taken' })
  await until(() => made.length === 2)
})

test('one that dies is told of, settled, and followed by another in its place', async () => {
  const { start, ready, made, gone, lines } = pool(2)
  await start()
  made[1]?.ends('SIGKILL')
  await until(() => ready().length === 2 && made.length === 3)
  expect(places(ready())).toEqual([1, 2])
  expect(gone).toEqual([made[1]?.pid ?? 0])
  expect(lines).toContainEqual([
    'worker.died',
    { worker: 2, pid: made[1]?.pid ?? 0, reason: 'SIGKILL' },
  ])
})

test('one that dies again and again is waited for longer, while another serves', async () => {
  const world = pool(2, (worker) => {
    if (worker.place === 1 || world.made.length > 8) worker.listens()
    else worker.ends('status 1')
  })
  await world.start()
  expect(world.pauses).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(places(world.ready())).toEqual([1, 2])
})

test('it is given up where none listens: an error that says what to do', async () => {
  const { start, broken, pauses } = pool(1, (worker) => worker.ends('status 1'))
  await expect(start()).rejects.toMatchObject({
    name: 'OperatorError',
    message: expect.stringContaining('5 times in a row'),
  })
  await expect(broken).rejects.toMatchObject({ name: 'OperatorError' })
  expect(pauses).toEqual([1, 2, 3, 4])
})

test('when the last one dies and no other starts, it is given up too', async () => {
  const { start, broken, made, state } = pool(1)
  await start()
  state.behave = (worker) => worker.ends('status 1')
  made[0]?.ends('SIGKILL')
  await expect(broken).rejects.toMatchObject({ name: 'OperatorError' })
})

test('one that hangs is ended and replaced', async () => {
  const { start, ready, made, lines } = pool(1)
  await start()
  const [first] = made
  if (first) first.answers = false
  await until(() => made.length === 2 && ready().length === 1)
  expect(lines.map(([event]) => event)).toContain('worker.hangs')
})

test('rolls one after the other, each when its successor listens', async () => {
  const { start, roll, ready, made, state, gone } = pool(2)
  await start()
  const [one, two] = made
  state.behave = () => undefined
  const rolled = roll(700)
  await until(() => made.length === 3)
  expect(one?.drained).toEqual([])
  made[2]?.listens()
  await until(() => made.length === 4)
  expect(one?.drained).toEqual([700])
  expect(two?.drained).toEqual([])
  made[3]?.listens()
  expect(await rolled).toBe(true)
  expect(ready()).toEqual([...made.slice(2)])
  expect(gone).toEqual([one?.pid ?? 0, two?.pid ?? 0])
})

test('a roll whose first successor fails leaves all as they are', async () => {
  const { start, roll, ready, made, state } = pool(2)
  await start()
  const before = ready()
  state.behave = (worker) => worker.refuses(new OperatorError('no such file', 'ls'))
  expect(await roll(700)).toBe(false)
  expect(ready()).toEqual(before)
  expect(made).toHaveLength(3)
})

test('one that was told to leave by somebody else is replaced before it goes', async () => {
  const { start, ready, made } = pool(2)
  await start()
  const [first] = made
  await first?.leave()
  expect(made).toHaveLength(3)
  expect(ready()).not.toContain(first)
  first?.ends()
  await until(() => places(ready()).length === 2)
  expect(made).toHaveLength(3)
})

test('a stop drains all, those that leave as well, and starts no other', async () => {
  const { start, drain, made, ready, gone } = pool(2)
  await start()
  await drain(500)
  expect(made.map(({ drained }) => drained)).toEqual([[500], [500]])
  expect(made).toHaveLength(2)
  await until(() => gone.length === 2)
  expect(ready()).toEqual([])
})

test('one that is still starting when all stop is ended, too', async () => {
  const { start, drain, made } = pool(2, (worker) => {
    if (worker.place === 1) worker.listens()
  })
  void start().catch(() => undefined)
  await until(() => made.length === 2)
  await drain(500)
  expect(made[1]?.drained).toEqual([500])
})
