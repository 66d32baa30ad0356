/** @module Files embedded in the executable. `import sql from './x.sql' with { type: 'text' }` gives the text. */
declare module '*.sql' {
  const text: string
  export default text
}

/** Files embedded in the executable as they are: the import gives the path to read them from. */
declare module '@jitl/quickjs-wasmfile-release-sync/wasm' {
  const path: string
  export default path
}
declare module '*.yaml' {
  const text: string
  export default text
}
