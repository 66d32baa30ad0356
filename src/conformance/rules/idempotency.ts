/** @module The idempotency key is where the adapter says. */
import { asHole } from '../../hole.ts'
import { complaint } from '../finding.ts'
import { eachRun, type Rule } from '../rule.ts'

export const idempotency: Rule = {
  name: 'idempotency',
  asks: 'the key of a call is where idempotency says, in every operation that moves money',
  check: (subject) =>
    eachRun(subject, async ({ job, request }, trial) => {
      const { operation } = trial
      const place = subject.adapter.idempotency
      if (place === 'unsupported') return []
      const key = job.intent?.idempotency_key ?? ''
      if ('header' in place) {
        const wanted = place.header.toLowerCase()
        const values = request.headers.filter(([name]) => name.toLowerCase() === wanted)
        if (values.length === 1 && values[0]?.[1] === key) return []
        const fix = `leave ${place.header} to the core: take it out of build and sign`
        return [complaint(operation, `the header ${place.header} is not the key, once`, fix)]
      }
      const { body } = job.plan
      if (!body || !('fields' in body)) {
        const fix = "send fields, or write idempotency: { header: '..' } or 'unsupported'"
        return [complaint(operation, `there are no fields for the key ${place.field}`, fix)]
      }
      const sent = request.fields[place.field]
      if (sent === key && !asHole(sent)) return []
      const fix = `leave ${place.field} to the core: take it out of build and fields`
      return [complaint(operation, `the field ${place.field} is not the key`, fix)]
    }),
}
