/**
 * @module Reads WebAssembly: numbers, sections, and how long each instruction is. https://webassembly.github.io/spec/core/binary/
 */

/** A place in a module's bytes that moves as it is read. */
export class WasmReader {
  at: number
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  byte(): number {
    const byte = this.bytes[this.at++]
    if (byte === undefined) throw new RangeError('the module ends too early')
    return byte
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  number(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
  }

  /** Passes over LEB128 numbers, signed or not. */
  skipNumbers(count = 1): void {
    for (let left = count; left > 0; left--) while (this.byte() >= 0x80);
  }

  skip(bytes: number): void {
    this.at += bytes
  }

  /** What lies between an earlier place and this one. */
  since(start: number): Uint8Array {
    return this.bytes.subarray(start, this.at)
  }
}

/** Instructions that matter to the meter. `first` sets the first global; `copy` and `fill` work on as many bytes as the top of the stack says. */
export type Kind = 'loop' | 'copy' | 'fill' | 'first' | 'other'

/** Passes over one instruction and says what it was. Throws for those it does not know, so that none is passed over wrongly. */
export function readInstruction(code: WasmReader): Kind {
  const opcode = code.byte()
  if (opcode === LOOP) {
    code.skipNumbers()
    return 'loop'
  }
  if (opcode === PREFIX) return readPrefixed(code)
  if (opcode === GLOBAL_SET) return code.number() === 0 ? 'first' : 'other'
  const immediate = IMMEDIATES.get(opcode)
  if (immediate === undefined) throw new TypeError(`unknown instruction 0x${opcode.toString(16)}`)
  immediate(code)
  return 'other'
}

const LOOP = 0x03
const GLOBAL_SET = 0x24
const PREFIX = 0xfc

type Skip = (code: WasmReader) => void
const nothing: Skip = () => undefined
const numbers =
  (count: number): Skip =>
  (code) =>
    code.skipNumbers(count)
const bytes =
  (count: number): Skip =>
  (code) =>
    code.skip(count)

/** From opcode to opcode: what follows it. */
const RANGES: readonly (readonly [from: number, to: number, skip: Skip])[] = [
  [0x00, 0x01, nothing], // unreachable, nop
  [0x02, 0x02, numbers(1)], // block
  [0x04, 0x04, numbers(1)], // if
  [0x05, 0x05, nothing], // else
  [0x0b, 0x0b, nothing], // end
  [0x0c, 0x0d, numbers(1)], // br, br_if
  [0x0e, 0x0e, (code) => code.skipNumbers(code.number() + 1)], // br_table
  [0x0f, 0x0f, nothing], // return
  [0x10, 0x10, numbers(1)], // call
  [0x11, 0x11, numbers(2)], // call_indirect
  [0x1a, 0x1b, nothing], // drop, select
  [0x1c, 0x1c, (code) => code.skipNumbers(code.number())], // select with types
  [0x20, 0x23, numbers(1)], // locals, global.get
  [0x25, 0x26, numbers(1)], // tables
  [0x28, 0x3e, numbers(2)], // loads and stores
  [0x3f, 0x40, bytes(1)], // memory.size, memory.grow
  [0x41, 0x42, numbers(1)], // i32.const, i64.const
  [0x43, 0x43, bytes(4)], // f32.const
  [0x44, 0x44, bytes(8)], // f64.const
  [0x45, 0xc4, nothing], // arithmetic
  [0xd0, 0xd0, numbers(1)], // ref.null
  [0xd1, 0xd1, nothing], // ref.is_null
  [0xd2, 0xd2, numbers(1)], // ref.func
]

const IMMEDIATES: ReadonlyMap<number, Skip> = new Map(
  RANGES.flatMap(([from, to, skip]) =>
    Array.from({ length: to - from + 1 }, (_, step) => [from + step, skip] as const),
  ),
)

function readPrefixed(code: WasmReader): Kind {
  const opcode = code.number()
  // Saturating truncations.
  if (opcode <= 7) return 'other'
  if (opcode === 10) {
    code.skip(2)
    return 'copy'
  }
  if (opcode === 11) {
    code.skip(1)
    return 'fill'
  }
  throw new TypeError(`unknown instruction 0xfc ${opcode}`)
}
