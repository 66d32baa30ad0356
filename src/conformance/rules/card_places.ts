/** @module Card values stand in the body alone: paths, queries and headers end in other people's logs. */
import type { Plan } from '../../adapter.ts'
import { findNumber } from '../../forward/find_number.ts'
import { holesOf } from '../../forward/holes.ts'
import { complaint, type Complaint } from '../finding.ts'
import { eachRun, type Rule } from '../rule.ts'

const FIX = 'send card values in the body; what the PSP wants elsewhere, compute in derive'

export const cardPlaces: Rule = {
  name: 'card_places',
  asks: 'no card value stands in a path, a query or a header',
  check: (subject) =>
    eachRun(subject, ({ job, request }, { operation }) => {
      const { plan } = job
      const head = placesOf(plan).flatMap(([place, part]) =>
        part.flatMap(({ source, label }): readonly Complaint[] =>
          source.from === 'token' ? [complaint(operation, `${label} is in ${place}`, FIX)] : [],
        ),
      )
      if (head.length > 0) return head
      const find = findNumber(subject.card.number)
      const added = [
        ['the address', request.target] as const,
        ...request.headers.map(([name, value]) => [`the header ${name}`, value] as const),
      ].filter(([, text]) => find(text).length > 0)
      return added.map(([place]) => complaint(operation, `the card number is in ${place}`, FIX))
    }),
}

function placesOf({ path, query, headers = {} }: Plan) {
  const only = (part: object) => holesOf({ method: 'GET', path: '/', ...part })
  return [
    ['the path', only({ path })] as const,
    ['the query', only({ query })] as const,
    ...Object.entries(headers).map(
      ([name, value]) => [`the header ${name}`, only({ headers: { [name]: value } })] as const,
    ),
  ]
}
