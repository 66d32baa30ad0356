/**
 * @module Why a trial failed, in the adapter's own words: the core keeps those back, because with a real card they could hold it.
 */
import { GatewayError } from '../errors.ts'
import { write } from '../forward/write.ts'
import { render } from '../forward/render.ts'
import { words } from './finding.ts'
import type { Subject, Trial } from './subject.ts'

interface Why {
  /** The function at fault, as the author calls it. */
  readonly part: string
  readonly why: string
}

/** Runs the parts one by one. `otherwise` is what the core said. */
export async function explain(subject: Subject, trial: Trial, otherwise: string): Promise<Why> {
  const { adapter } = subject
  const operation = adapter.operations[trial.operation]
  const intent = subject.told(trial)
  try {
    operation?.check?.(intent)
  } catch (error) {
    return { part: 'check', why: words(error) }
  }
  try {
    operation?.build(intent)
  } catch (error) {
    return { part: 'build', why: words(error) }
  }
  try {
    const job = subject.plan(trial)
    return inside(subject, job) ?? { part: 'sign', why: otherwise }
  } catch (error) {
    return { part: 'the request', why: error instanceof GatewayError ? error.message : otherwise }
  }
}

function inside(subject: Subject, job: ReturnType<Subject['plan']>): Why | null {
  const opened = subject.open(job)
  const { adapter, credentials, card } = subject
  const { intent } = job
  if (!intent) return null
  for (const { source } of job.holes) {
    if (source.from !== 'derived') continue
    try {
      adapter.derive?.[source.name]?.({ card, credentials, intent })
    } catch (error) {
      return { part: `derive.${source.name}`, why: words(error) }
    }
  }
  try {
    const { fields, ...request } = write(job.plan, job.origin, subject.fill(job))
    for (const [name, compute] of Object.entries(adapter.fields ?? {})) {
      try {
        compute(fields, { credentials, intent })
      } catch (error) {
        return { part: `fields.${name}`, why: words(error) }
      }
    }
    render(job, opened)
    if (typeof adapter.sign !== 'function') return null
    adapter.sign(
      {
        method: job.plan.method,
        url: request.origin + request.target,
        headers: Object.fromEntries(request.headers),
        bytes: new Uint8Array(request.body),
        fields,
      },
      { credentials, intent },
    )
  } catch (error) {
    return { part: error instanceof GatewayError ? 'the request' : 'sign', why: words(error) }
  }
  return null
}
