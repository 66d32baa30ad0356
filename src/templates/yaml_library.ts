/**
 * @module The YAML library, loaded when the first document is read: it is large, and most servers read none.
 */
import type * as Yaml from 'yaml'

/** The library. In the executable it is a file of its own (src/compile.ts). */
export const yamlLibrary = (): typeof Yaml => require('yaml')
