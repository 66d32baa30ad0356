/**
 * @module The library of XML signatures, loaded when the first document is signed or checked: most servers do neither.
 */
import type * as Xml from 'xml-crypto'

/** The library. In the executable it is a file of its own (src/compile.ts). */
export const xmlLibrary = (): typeof Xml => require('xml-crypto')
