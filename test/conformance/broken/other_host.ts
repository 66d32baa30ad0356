/** @module Broken: a path leads to another host. */
import { broken, with_ } from '../broken.ts'

export default broken('place', 'a path leads to another host', /leads away from/, (good) =>
  with_(good, 'purchase', ({ build }) => ({
    build: (intent) => ({ ...build(intent), path: '@other.example/v1' }),
  })),
)
