/** @module The clocks of requests: what each step took, and which step failed. */
import { describe, expect, test } from 'bun:test'
import { openMetrics } from '../../src/telemetry/metrics.ts'
import { openSteps, STEPS, type Timed } from '../../src/telemetry/steps.ts'
import { parseTraceparent } from '../../src/telemetry/traceparent.ts'

function open() {
  const metrics = openMetrics()
  const finished: Timed[] = []
  const steps = openSteps(metrics, (_, timed) => void finished.push(timed()))
  const counts = (): Readonly<Record<string, number>> =>
    Object.fromEntries(
      metrics.snapshot().flatMap(({ name, labels: [step = ''], value }) => {
        if (name !== 'pangate_step_duration_seconds' || typeof value === 'number') return []
        const count = value.slice(0, -1).reduce((sum, one) => sum + one, 0)
        return count === 0 ? [] : [[step, count]]
      }),
    )
  return { steps, finished, counts }
}

describe('the clock of a forward', () => {
  test('gives each value on, and all time to a step', () => {
    const { steps, finished, counts } = open()
    const clock = steps.begin('req_1', null)
    clock.done('edge', null)
    const line = steps.line('req_1')
    for (const step of STEPS.slice(2, -1)) expect(line.done(step, step)).toBe(step)
    expect(steps.running()).toBe(1)
    clock.end({ status: 200 })
    expect(steps.running()).toBe(0)
    expect(counts()).toEqual(Object.fromEntries(STEPS.map((step) => [step, 1])))
    const [{ ends = [], total } = {}] = finished
    expect(ends.map(([step]) => step)).toEqual([...STEPS])
    expect(ends.map(([, end]) => end)).toEqual(ends.map(([, end]) => end).toSorted((a, b) => a - b))
    expect(total).toBe(ends.at(-1)?.[1] ?? NaN)
  })
  test('adds up a step that ends twice', () => {
    const { steps, counts } = open()
    const clock = steps.begin('req_1', null)
    const { done } = steps.line('req_1')
    for (const step of ['vault', 'render', 'vault'] as const) done(step, null)
    clock.end({})
    expect(counts()).toEqual({ dialect: 1, vault: 1, render: 1, respond: 1 })
  })
  test('gives the time before a failure to the step that failed', () => {
    const { steps, finished } = open()
    const clock = steps.begin('req_1', null)
    clock.done('edge', null)
    const { done, failed } = steps.line('req_1')
    for (const step of ['resolve', 'reserve', 'vault', 'render', 'sign'] as const) done(step, null)
    failed()
    done('record', null)
    clock.failed()
    clock.end({})
    expect(finished[0]?.ends.map(([step]) => step).slice(-4)).toEqual([
      'transport',
      'record',
      'respond',
      'respond',
    ])
  })
  test('is told what is known of it', () => {
    const { steps, finished } = open()
    const clock = steps.begin('req_1', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')
    steps.tell('req_1', { host: 'psp.test', sent: 'yes', status: 402 })
    clock.end({ route: '/v1/forward', status: 200 })
    expect(finished[0]?.fields).toEqual({
      host: 'psp.test',
      sent: 'yes',
      status: 200,
      route: '/v1/forward',
    })
    expect(finished[0]?.parent?.span_id).toBe('00f067aa0ba902b7')
  })
})

test('a request that is no forward counts no steps', () => {
  const { steps, finished, counts } = open()
  const clock = steps.begin('req_1', null)
  clock.done('edge', null)
  clock.end({})
  expect(counts()).toEqual({})
  expect(finished[0]?.ends.map(([step]) => step)).toEqual(['edge', 'handle'])
})

test('the line works without a clock', () => {
  const { done, failed } = open().steps.line('req_unheard_of')
  failed()
  expect(done('vault', 7)).toBe(7)
})

describe('traceparent', () => {
  const ID = '4bf92f3577b34da6a3ce929d0e0e4736'
  const SPAN = '00f067aa0ba902b7'
  test('is read as W3C Trace Context says', () => {
    expect(parseTraceparent(`00-${ID}-${SPAN}-01`)).toEqual({
      trace_id: ID,
      span_id: SPAN,
      sampled: true,
    })
    expect(parseTraceparent(`00-${ID}-${SPAN}-02`)?.sampled).toBe(false)
    // A later version may have more.
    expect(parseTraceparent(`cc-${ID}-${SPAN}-01-what-the-future-holds`)?.sampled).toBe(true)
  })
  test.each([
    '',
    `00-${ID}-${SPAN}`,
    `00-${ID}-${SPAN}-01-more`,
    `ff-${ID}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${ID}-${'0'.repeat(16)}-01`,
    `00-${ID.toUpperCase()}-${SPAN}-01`,
    `00-${ID}-${SPAN}-01 `,
    `00-${ID}-${SPAN}-zz`,
    `cc-${ID}-${SPAN}-01.more`,
    '4242424242424242',
  ])('is passed over where it is none: %p', (header) => {
    expect(parseTraceparent(header)).toBeNull()
  })
})
