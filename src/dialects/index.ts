/**
 * @module The dialects beside our own API; nothing else.
 */
export { basisTheoryAiRoutes } from './basis_theory_ai.ts'
export { basisTheoryProxyRoutes } from './basis_theory/proxy.ts'
export { basisTheoryTokenRoutes } from './basis_theory/tokens.ts'
export { ozuraRoutes } from './ozura/routes.ts'
export { stitchRoutes } from './stitch/routes.ts'
