/** @module Broken: a file names no operation. */
import { broken } from '../broken.ts'
import { FILES } from '../good.ts'

export default broken('answers', 'a file names no operation', /no operation/, (good) => good, [
  ...FILES,
  { name: 'sale.approved.json', text: '{}' },
])
