/** @module Broken: its id is not the name of its file. */
import { broken } from '../broken.ts'

export default broken(
  'id',
  'its id is not the name of its file',
  /the file is called acme/,
  (good) => ({ ...good, id: 'other' }),
)
