/**
 * @module Puts a meter into a WebAssembly module: every turn of every loop costs one unit, and the module stops when none is left.
 *
 * QuickJS can be interrupted between its own instructions only, not inside `indexOf` over an array of length 2^53, nor in a
 * product of huge integers. With the meter every loop ends, whoever wrote it, and the limit is counted in work and not in
 * time: a busy machine fails no payment.
 */
import { WasmReader, readInstruction } from './wasm_reader.ts'

/** Exported by a metered module: the units that are left, an i32. */
export const FUEL = 'fuel'
/** Exported by a metered module: the stack pointer, which must be put back after a trap. */
export const STACK = 'stack'
/** Exported by a metered module: the lowest that the stack pointer has been since it was set. */
export const LOWEST = 'lowest'

/** Bytes that `memory.copy` and `memory.fill` handle for one unit, as a power of two. */
const BULK_SHIFT = 6

interface Metered {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** How many places were found, for tests. */
  readonly loops: number
  readonly bulk: number
}

type Bytes = readonly number[] | Uint8Array

/** Section ids. */
const [TYPES, IMPORTS, FUNCTIONS, GLOBALS, EXPORTS, CODE] = [1, 2, 3, 6, 7, 10]
const [I32, FUNCTION, GLOBAL, MEMORY] = [0x7f, 0, 3, 2]

/**
 * The module with its meter. Takes one as Emscripten makes them: the memory imported, the stack pointer the first global.
 *
 * @param pages the least memory in pages of 64 KB, in place of what the module asks for.
 * @throws TypeError where the module is of another kind.
 */
export function meter(module: Uint8Array, pages: number): Metered {
  const out: Uint8Array[] = [module.subarray(0, 8)]
  const reader = new WasmReader(module, 8)
  const counts = { types: 0, imported: 0, functions: 0, globals: 0, loops: 0, bulk: 0 }
  while (reader.at < module.length) {
    const id = reader.byte()
    const size = reader.number()
    const start = reader.at
    const rest = () => module.subarray(reader.at, start + size)
    // One entry more, at the end, so that no index moves.
    const append = (count: number, ...entries: Bytes[]) =>
      section(id, leb(count + entries.length), rest(), ...entries)
    switch (id) {
      case TYPES:
        counts.types = reader.number()
        // (i32, i32, i32) -> ()
        out.push(append(counts.types, [0x60, 3, I32, I32, I32, 0]))
        break
      case IMPORTS:
        out.push(section(id, imports(reader, pages, counts)))
        break
      case FUNCTIONS:
        counts.functions = reader.number()
        out.push(append(counts.functions, leb(counts.types), leb(counts.types)))
        break
      case GLOBALS:
        counts.globals = reader.number()
        if (module[reader.at] !== I32) throw new TypeError('the first global is no stack pointer')
        out.push(append(counts.globals, greatest(), greatest()))
        break
      case EXPORTS:
        out.push(
          append(
            reader.number(),
            [...name(FUEL), GLOBAL, ...leb(counts.globals)],
            [...name(STACK), GLOBAL, 0],
            [...name(LOWEST), GLOBAL, ...leb(counts.globals + 1)],
          ),
        )
        break
      case CODE:
        out.push(section(id, ...bodies(reader, counts)))
        break
      case 0:
        // Names and notes for tools.
        break
      default:
        out.push(section(id, rest()))
    }
    reader.at = start + size
  }
  return { bytes: concat(out), loops: counts.loops, bulk: counts.bulk }
}

/** The imports, with the memory's least size replaced. */
function imports(reader: WasmReader, pages: number, counts: { imported: number }): Uint8Array {
  const count = reader.number()
  const out: Bytes[] = [leb(count)]
  for (let left = count; left > 0; left--) {
    const start = reader.at
    for (let names = 2; names > 0; names--) reader.skip(reader.number())
    const kind = reader.byte()
    if (kind === FUNCTION) {
      counts.imported++
      reader.skipNumbers()
      out.push(reader.since(start))
    } else if (kind === MEMORY) {
      const bounded = (reader.byte() & 1) === 1
      out.push(reader.since(start), leb(pages))
      reader.skipNumbers()
      if (bounded) out.push(leb(reader.number()))
    } else throw new TypeError('imports something else than functions and a memory')
  }
  return concat(out)
}

/** Every function with a check at the head of each loop, and the two that stand for the bulk instructions. */
function bodies(
  reader: WasmReader,
  counts: { imported: number; functions: number; globals: number; loops: number; bulk: number },
): Bytes[] {
  const fuel = leb(counts.globals)
  const spend = (...cost: number[]): number[] => [
    ...[0x23, ...fuel, ...cost, 0x6b, 0x24, ...fuel], // fuel = fuel - cost
    ...[0x23, ...fuel, 0x41, 0, 0x48, 0x04, 0x40, 0x00, 0x0b], // if fuel < 0: unreachable
  ]
  const turn = spend(0x41, 1)
  const lowest = leb(counts.globals + 1)
  const lower: readonly number[] = [
    ...[0x23, 0, 0x23, ...lowest, 0x49, 0x04, 0x40], // if stack < lowest, as unsigned numbers
    ...[0x23, 0, 0x24, ...lowest, 0x0b], // lowest = stack
  ]
  const first = counts.imported + counts.functions
  const calls = { copy: [0x10, ...leb(first)], fill: [0x10, ...leb(first + 1)] }
  const count = reader.number()
  const out: Bytes[] = [leb(count + 2)]
  for (let left = count; left > 0; left--) {
    const size = reader.number()
    const end = reader.at + size
    const parts: Bytes[] = []
    let kept = reader.at
    // Groups of locals: how many, and their type.
    for (let groups = reader.number(); groups > 0; groups--) reader.skipNumbers(2)
    while (reader.at < end) {
      const start = reader.at
      const kind = readInstruction(reader)
      if (kind === 'other') continue
      if (kind === 'loop') {
        counts.loops++
        parts.push(reader.bytes.subarray(kept, reader.at), turn)
      } else if (kind === 'first') {
        parts.push(reader.bytes.subarray(kept, reader.at), lower)
      } else {
        counts.bulk++
        parts.push(reader.bytes.subarray(kept, start), calls[kind])
      }
      kept = reader.at
    }
    parts.push(reader.bytes.subarray(kept, end))
    out.push(sized(parts))
  }
  // The number of bytes is the third parameter; at least one unit.
  const bulk = spend(0x20, 2, 0x41, BULK_SHIFT, 0x76, 0x41, 1, 0x6a)
  const parameters = [0x20, 0, 0x20, 1, 0x20, 2]
  out.push(sized([[0], bulk, parameters, [0xfc, 10, 0, 0, 0x0b]]))
  out.push(sized([[0], bulk, parameters, [0xfc, 11, 0, 0x0b]]))
  return out
}

/** A global i32 that can be set, with the greatest number at first. */
function greatest(): number[] {
  return [I32, 1, 0x41, ...signed(0x7fffffff), 0x0b]
}

function section(id: number, ...parts: Bytes[]): Uint8Array {
  return concat([[id], sized(parts)])
}

function sized(parts: readonly Bytes[]): Uint8Array {
  return concat([leb(parts.reduce((sum, part) => sum + part.length, 0)), ...parts])
}

function concat(parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

function name(text: string): number[] {
  return [text.length, ...Buffer.from(text)]
}

/** An unsigned LEB128 number. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]
}

/** A signed LEB128 number that is not negative. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)]
}
