/**
 * @module How long a forward has taken and may still take, by a clock that nobody sets: one that jumps makes no PSP wait for ever.
 */
import type { Job } from './call.ts'

/** Milliseconds that are left; negative where its time is over. */
export function timeLeft(job: Pick<Job, 'started' | 'deadline' | 'began'>): number {
  return job.deadline - job.started - (performance.now() - job.began)
}

/** Milliseconds since it began. */
export function timeTaken({ began }: Pick<Job, 'began'>): number {
  return Math.round(performance.now() - began)
}
