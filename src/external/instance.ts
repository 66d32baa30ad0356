/**
 * @module One QuickJS in WebAssembly, metered: values go in and out of it as numbers that name places in its memory.
 */
import { readFileSync } from 'node:fs'
import loadModule from '@jitl/quickjs-wasmfile-release-sync/emscripten-module'
import { QuickJSFFI } from '@jitl/quickjs-wasmfile-release-sync/ffi'
import wasmFile from '@jitl/quickjs-wasmfile-release-sync/wasm' with { type: 'file' }
import { FUEL, LOWEST, STACK, meter } from './meter.ts'

/** A pointer to a value inside. */
export type Value = ReturnType<QuickJSFFI['QTS_Eval']>
export type Context = ReturnType<QuickJSFFI['QTS_NewContext']>
export type Callbacks = Awaited<ReturnType<typeof loadModule>>['callbacks']

export const PAGE = 65_536
/** Static data and stack alone; what an instance has beyond is for its opener to say. */
const LEAST_PAGES = 82
/** 64 MB, of which five are the stack's. */
const MOST_PAGES = 1024

export interface Instance {
  readonly ffi: QuickJSFFI
  readonly memory: WebAssembly.Memory
  /** Turns of loops that are left. */
  readonly fuel: WebAssembly.Global<'i32'>
  /** The stack pointer; the stack grows downwards. */
  readonly stack: WebAssembly.Global<'i32'>
  /** The lowest it has been since this was set. */
  readonly lowest: WebAssembly.Global<'i32'>
  /** Copies UTF-8 text in, with a NUL at its end, and gives its place and its length without it. */
  putText(text: string): { readonly at: number; readonly length: number }
  putBytes(bytes: Uint8Array): number
  /** A list of pointers. */
  putPointers(pointers: readonly number[]): number
  /** The bytes at a place; a copy. Throws where it is outside. */
  bytesAt(at: number, length: number): Uint8Array<ArrayBuffer>
  /** The text up to the next NUL, or null where it is longer than `most` bytes. */
  textAt(at: number, most: number): string | null
}

/** How a zstd frame begins (RFC 8878, section 3.1.1). */
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

/** The module, which the executable holds compressed. */
function unpacked(file: string): Uint8Array {
  const bytes = readFileSync(file)
  return bytes.subarray(0, ZSTD.length).equals(ZSTD) ? Bun.zstdDecompressSync(bytes) : bytes
}

let compiled: WebAssembly.Module | null = null

/** Compiled once for all, when the first external adapter is loaded. */
function compile(): WebAssembly.Module {
  return (compiled ??= new WebAssembly.Module(meter(unpacked(wasmFile), LEAST_PAGES).bytes))
}

/** A fresh one with so many bytes of memory, whole pages. `callFunction` is called for each function of the host's that code inside calls. */
export async function openInstance(
  callFunction: Callbacks['callFunction'],
  bytes: number,
): Promise<Instance> {
  const memory = new WebAssembly.Memory({ initial: bytes / PAGE, maximum: MOST_PAGES })
  let exported: WebAssembly.Instance['exports'] = {}
  const module = await loadModule({
    wasmMemory: memory,
    instantiateWasm(imports, done) {
      const instance = new WebAssembly.Instance(compile(), imports)
      exported = instance.exports
      done(instance)
      return exported
    },
  })
  // Nothing but our one function reaches out: there are no modules to load, and the meter does what interrupts would.
  module.callbacks = {
    callFunction,
    freeHostRef: () => undefined,
    shouldInterrupt: () => 0,
    loadModuleSource: refuse,
    normalizeModule: refuse,
  }
  // The meter has put these there, as globals.
  const globals = exported as unknown as Record<string, WebAssembly.Global<'i32'>>
  const { [FUEL]: fuel, [STACK]: stack, [LOWEST]: lowest } = globals
  if (!fuel || !stack || !lowest) throw new TypeError('the module has no meter')
  let seen = Buffer.from(memory.buffer)
  // Memory that has grown is another buffer.
  const view = () => (seen.buffer === memory.buffer ? seen : (seen = Buffer.from(memory.buffer)))
  const put = (length: number) => {
    const at = module._malloc(length)
    if (at === 0) throw new RangeError('out of memory')
    return at
  }
  return {
    ffi: new QuickJSFFI(module),
    memory,
    fuel,
    stack,
    lowest,
    putText(text) {
      const length = Buffer.byteLength(text)
      const at = put(length + 1)
      const bytes = view()
      bytes.write(text, at)
      bytes[at + length] = 0
      return { at, length }
    },
    putBytes(bytes) {
      const at = put(Math.max(bytes.length, 1))
      view().set(bytes, at)
      return at
    },
    putPointers(pointers) {
      const at = put(pointers.length * 4)
      const bytes = view()
      for (const [index, pointer] of pointers.entries())
        bytes.writeUInt32LE(pointer, at + index * 4)
      return at
    },
    bytesAt(at, length) {
      if (at + length > memory.buffer.byteLength) throw new RangeError('outside of the memory')
      return new Uint8Array(memory.buffer.slice(at, at + length))
    },
    textAt(at, most) {
      const bytes = view()
      const end = bytes.indexOf(0, at)
      return end < 0 || end - at > most ? null : bytes.toString('utf8', at, end)
    },
  }
}

function refuse(): never {
  throw new TypeError('there are no modules to import')
}
