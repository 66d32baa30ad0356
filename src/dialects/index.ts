/**
 * @module The dialects beside our own API; nothing else.
 */
export { ozuraRoutes } from './ozura/routes.ts'
export { stitchRoutes } from './stitch/routes.ts'
