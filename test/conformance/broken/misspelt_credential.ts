/** @module Broken: a plan names a credential that is not declared. */
import { broken, withFields } from '../broken.ts'

export default broken(
  'credentials',
  'a plan names a credential that is not declared',
  /credential\('sceret'\) is not declared/,
  (good, { credential }) => withFields(good, () => ({ also: credential('sceret') as never })),
)
