/**
 * @module A link carries calls both ways, many at a time, and fails closed: when the other end is late, gone or faulty.
 */
import { afterEach, expect, test } from 'bun:test'
import { connect, createServer, type Socket } from 'node:net'
import { GatewayError, OperatorError } from '../../src/errors.ts'
import { LinkError, openLink, type Calls } from '../../src/workers/link.ts'

const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

/** Two connected sockets. */
async function pair(): Promise<readonly [Socket, Socket]> {
  const server = createServer()
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const near = connect(port, '127.0.0.1')
  const far = await accepted
  server.close()
  sockets.push(near, far)
  return [near, far]
}

/** Two ends of a link; `deadline` in milliseconds. */
async function linked<A extends Calls, B extends Calls>(ours: A, theirs: B, deadline = 5_000) {
  const [one, other] = await pair()
  const failed: unknown[] = []
  const options = { deadline: () => deadline, failed: (error: unknown) => failed.push(error) }
  const near = openLink<B, A>(one, { ...options, calls: ours })
  const far = openLink<A, B>(other, { ...options, calls: theirs })
  return { near, far, failed, sockets: [one, other] as const }
}

const linkFault = (kind: string) => expect.objectContaining({ name: 'LinkError', kind })

test('ten thousand calls at once, both ways, each with its own answer', async () => {
  const add = async (a: number, b: number): Promise<number> => a + b
  const { near, far } = await linked({ add }, { add })
  const sums = await Promise.all(
    Array.from({ length: 10_000 }, (_, at) =>
      (at % 2 === 0 ? near : far).call('add', at, 1).then((sum) => sum - at),
    ),
  )
  expect(new Set(sums)).toEqual(new Set([1]))
})

test('answers come when they are ready, not in the order of the calls', async () => {
  const gate = Promise.withResolvers<string>()
  const { near } = await linked({}, { slow: () => gate.promise, fast: async () => 'fast' })
  const slow = near.call('slow')
  expect(await near.call('fast')).toBe('fast')
  gate.resolve('slow')
  expect(await slow).toBe('slow')
})

test('bytes and errors of our kinds cross; the words of others do not', async () => {
  const { near, failed } = await linked(
    {},
    {
      echo: async (bytes: Uint8Array) => bytes,
      taken: async () => {
        throw new GatewayError('conflict', 'It exists already.', { param: 'alias', sent: 'no' })
      },
      port: async () => {
        throw new OperatorError('the port is taken', 'ss -ltnp')
      },
      broken: async () => {
        throw new Error('4999980000000000')
      },
      odd: async () => NaN,
    },
  )
  expect(await near.call('echo', Buffer.from([1, 2]))).toEqual(Buffer.from([1, 2]))
  await expect(near.call('taken')).rejects.toMatchObject({
    code: 'conflict',
    param: 'alias',
    sent: 'no',
  })
  await expect(near.call('port')).rejects.toMatchObject({ name: 'OperatorError', next: 'ss -ltnp' })
  const told = await near.call('broken').catch((error: unknown) => error)
  expect(told).toEqual(linkFault('failed'))
  expect(String(told)).not.toContain('4999')
  await expect(near.call('odd')).rejects.toEqual(linkFault('failed'))
  await near.call('echo', Buffer.alloc(0))
  expect(failed).toHaveLength(2)
})

test('what cannot be written down is refused here, and harms no other call', async () => {
  const { near } = await linked({}, { echo: async (value: number) => value })
  const other = near.call('echo', 1)
  await expect(near.call('echo', NaN)).rejects.toBeInstanceOf(TypeError)
  expect(await other).toBe(1)
})

test('a call that is not answered in time is given up; a late answer finds nobody', async () => {
  const gate = Promise.withResolvers<string>()
  const { near, far } = await linked({}, { wait: () => gate.promise, now: async () => 'now' }, 60)
  const late = await near.call('wait').catch((error: unknown) => error)
  expect(late).toEqual(linkFault('late'))
  gate.resolve('too late')
  expect(await near.call('now')).toBe('now')
  far.close()
})

test('when the other end is gone, what waits and what comes is rejected, and it is told', async () => {
  const {
    near,
    far,
    sockets: [, other],
  } = await linked({}, { never: () => new Promise(() => undefined) })
  const waiting = near.call('never')
  other.destroy()
  await expect(waiting).rejects.toEqual(linkFault('closed'))
  await near.closed
  await expect(near.call('never')).rejects.toBeInstanceOf(LinkError)
  far.close()
  await far.closed
})

test('an answer in the making when it closes is no fault', async () => {
  const gate = Promise.withResolvers<string>()
  const { near, far, failed } = await linked({}, { wait: () => gate.promise })
  const call = near.call('wait').catch((error: unknown) => error)
  // The call has arrived when one behind it has.
  const behind = near.call('wait').catch(() => null)
  far.close()
  gate.resolve('x')
  expect(await call).toEqual(linkFault('closed'))
  await behind
  expect(failed).toEqual([])
})
