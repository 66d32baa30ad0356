/**
 * @module Mistakes that an author may make in the skeleton: what is changed to what, the rule that finds it, what it says.
 */
export const MISTAKES: readonly (readonly [
  from: string,
  to: string,
  rule: string,
  says: RegExp,
])[] = [
  ['contract: 1', 'contract: 2', 'loads', /contract/],
  ["'amount', 'reference'],", "'amount', 'reference',", 'loads', /Expected/],
  ['export default', 'const x = fetch; export default', 'loads', /fetch/],
  [
    'import type { Answer',
    "import { createHmac } from 'node:crypto'\nexport const mac = createHmac\nimport type { Answer",
    'loads',
    /node:crypto/,
  ],
  ['intent.amount?.minor', 'intent.amount.minor / 100', 'amounts', /JPY/],
  ["card('number')", "card('nummer')", 'builds', /field of a card/],
  [
    'headers: { authorization',
    "headers: { 'x-card': card('number'), authorization",
    'card_places',
    /x-card/,
  ],
  [
    'private_in_answer: [],',
    "private_in_answer: [], derive: { x: () => 'x' },",
    'derive_used',
    /sees a card for nothing/,
  ],
  ["case 'paid':", "case undefined:\n    case 'paid':", 'unknown_answers', /taken for approved/],
  ["'51': 'insufficient_funds'", "'51': 'other'", 'answers', /insufficient_funds|other/],
  [
    'order: intent.reference,',
    'order: intent.reference?.toUpperCase(), at: new Date(intent.now * 1e6),',
    'requests',
    /body/,
  ],
  ['check: referenceComplaints,', '', 'place', /another path/],
]
