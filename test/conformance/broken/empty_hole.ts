/** @module Broken: a plan has a derived value that nobody computes. */
import { broken, withFields } from '../broken.ts'

export default broken(
  'filled',
  'a plan has a derived value that nobody computes',
  /nothing fills/,
  (good, { derived }) => withFields(good, () => ({ more: derived('unheard_of') })),
)
