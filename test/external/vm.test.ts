/**
 * @module The sandbox itself: every loop ends, memory is put back byte for byte, nothing of the outside is inside.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { VmFault } from '../../src/external/fault.ts'
import { FUEL, LOWEST, STACK, meter } from '../../src/external/meter.ts'
import { Vm } from '../../src/external/vm.ts'
import { WasmReader, readInstruction } from '../../src/external/wasm_reader.ts'

describe('the meter', () => {
  /** A memory that is imported, a stack pointer, and one exported function `f` of an i32 with this body. */
  const module = (...body: readonly number[]): Uint8Array => {
    const section = (id: number, ...bytes: readonly number[]) => [id, bytes.length, ...bytes]
    const code = [0, ...body, 0x0b]
    return Uint8Array.from([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, 1, 0x60, 1, 0x7f, 0),
      ...section(2, 1, 1, 0x61, 1, 0x61, 2, 1, 1, 0x80, 1),
      ...section(3, 1, 0),
      ...section(6, 1, 0x7f, 1, 0x41, 7, 0x0b),
      ...section(7, 1, 1, 0x66, 0, 0),
      ...section(10, 1, code.length, ...code),
    ])
  }
  const run = (bytes: Uint8Array<ArrayBuffer>, fuel: number, given: number) => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 100 })
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      a: { a: memory },
    })
    const left = exports[FUEL] as WebAssembly.Global<'i32'>
    expect((exports[STACK] as WebAssembly.Global<'i32'>).value).toBe(7)
    left.value = fuel
    let trapped = false
    try {
      ;(exports['f'] as (given: number) => void)(given)
    } catch (error) {
      trapped = error instanceof WebAssembly.RuntimeError
    }
    return { trapped, spent: fuel - left.value }
  }

  test('ends a loop that has no end', () => {
    // loop; br 0; end
    const metered = meter(module(0x03, 0x40, 0x0c, 0, 0x0b), 1)
    expect(metered).toMatchObject({ loops: 1, bulk: 0 })
    expect(run(metered.bytes, 1000, 0)).toEqual({ trapped: true, spent: 1001 })
  })
  test('counts the turns of one that has', () => {
    // loop; x = x - 1; br_if 0 x; end
    const metered = meter(module(0x03, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b), 1)
    expect(run(metered.bytes, 1000, 10)).toEqual({ trapped: false, spent: 10 })
  })
  test('counts bytes that are filled and copied', () => {
    // memory.fill(0, 1, x); memory.copy(0, 0, x)
    const fill = [0x41, 0, 0x41, 1, 0x20, 0, 0xfc, 11, 0]
    const copy = [0x41, 0, 0x41, 0, 0x20, 0, 0xfc, 10, 0, 0]
    const metered = meter(module(...fill, ...copy), 1)
    expect(metered).toMatchObject({ loops: 0, bulk: 2 })
    expect(run(metered.bytes, 100_000, 6400)).toEqual({ trapped: false, spent: 202 })
    expect(run(metered.bytes, 50, 6400)).toMatchObject({ trapped: true })
  })
  test('keeps the lowest that the stack pointer has been', () => {
    // stack = 3; stack = 5
    const metered = meter(module(0x41, 3, 0x24, 0, 0x41, 5, 0x24, 0), 1)
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 100 })
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(metered.bytes), {
      a: { a: memory },
    })
    ;(exports['f'] as (given: number) => void)(0)
    expect((exports[STACK] as WebAssembly.Global<'i32'>).value).toBe(5)
    expect((exports[LOWEST] as WebAssembly.Global<'i32'>).value).toBe(3)
  })
  test('refuses what it does not know, rather than pass over it', () => {
    expect(() => readInstruction(new WasmReader(Uint8Array.of(0xfd, 0)))).toThrow('0xfd')
    expect(() => readInstruction(new WasmReader(Uint8Array.of(0xfc, 9)))).toThrow('0xfc 9')
    expect(() => readInstruction(new WasmReader(Uint8Array.of()))).toThrow('ends too early')
    expect(() => meter(module(0xd3), 1)).toThrow('unknown instruction')
  })
})

/** Entry `build` of operation `run` is the given code. */
const source = (code: string, top = '') =>
  `${top}\nexport default (kit) => ({ operations: { run: { build: (given) => { ${code} } } } })`
const open = async (code: string, top?: string) => {
  const names = ['crypto.hash']
  const options = { file: 'x.ts', mark: 'M', host: () => '="sum"', names }
  const { vm } = await Vm.open({ ...options, source: source(code, top) })
  return (given: unknown = null) =>
    vm.run(JSON.stringify({ mark: 'M', entry: 'build', name: 'run' }), JSON.stringify(given), '')
}

describe('the memory', () => {
  const made: WebAssembly.Memory[] = []
  const Real = WebAssembly.Memory
  beforeAll(() => {
    WebAssembly.Memory = class extends Real {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        super(descriptor)
        made.push(this)
      }
    }
  })
  afterAll(() => {
    WebAssembly.Memory = Real
  })

  test('is the same, byte for byte, whatever a call has done', async () => {
    const run = await open(`
      const keep = globalThis.keep ??= []
      keep.push(given)
      Array.prototype.more = given
      if (given === 'throw') throw new Error(given)
      if (given === 'loop') for (;;);
      if (given === 'deep') { const f = () => f() + 1; f() }
      if (given === 'json') JSON.parse('['.repeat(60000))
      if (given === 'many') for (let i = 0; i < 20000; i++) keep.push({ i })
      if (given === 'hash') kit.crypto.hash(given, new Uint8Array(1000).fill(7))
      return keep.length`)
    const memory = made.at(-1)
    const bytes = () => new Uint8Array(memory?.buffer ?? new ArrayBuffer(0))
    const size = bytes().length
    const before = Bun.hash(bytes())
    for (const given of ['plain', 'throw', 'loop', 'deep', 'json', 'hash']) {
      try {
        expect(run(given)).toMatch(/^[=!]/)
      } catch (error) {
        expect(error).toBeInstanceOf(VmFault)
      }
      expect([given, Bun.hash(bytes().subarray(0, size))]).toEqual([given, before])
      // What it has grown by.
      expect([
        given,
        bytes()
          .subarray(size)
          .every((byte) => byte === 0),
      ]).toEqual([given, true])
      expect(run('again')).toBe('=1')
    }
  })
  test('that has grown makes room for one that has not', async () => {
    const run = await open('return given.length')
    const first = made.at(-1)
    expect(run('x'.repeat(3_000_000))).toBe('=3000000')
    const count = made.length
    // Another takes its place between two turns of the event loop.
    for (let turn = 0; turn < 1000 && made.length === count; turn++) await Bun.sleep(0)
    await Bun.sleep(0)
    expect(run('xyz')).toBe('=3')
    expect(made.at(-1)).not.toBe(first)
    expect(made.at(-1)?.buffer.byteLength ?? 0).toBeLessThan(first?.buffer.byteLength ?? 0)
  })
})

test('answers of PSPs as large as they may be are read', async () => {
  const run = await open('return Object.keys(JSON.parse(given)).length')
  const members = Array.from({ length: 60_000 }, (_, index) => [`name_${index}`, 'x'.repeat(40)])
  const answer = JSON.stringify(Object.fromEntries(members))
  expect(answer.length).toBeGreaterThan(3_000_000)
  expect(run(answer)).toBe('=60000')
  expect(() => run('x'.repeat(13_000_000))).toThrow('it was given too much')
})

test('text of every kind crosses unchanged', async () => {
  const run = await open('return given')
  const texts = ['', 'ä€😀', '\0\u0001\u2028"\\', '\ud800', '\udc00\ud800', '\ufeffx', '__proto__']
  for (const text of texts) {
    const back: unknown = JSON.parse(run(text).slice(1))
    expect(back).toBe(text)
  }
})

test('inside there is the language, and nothing else', async () => {
  const run = await open('return Object.getOwnPropertyNames(globalThis)')
  const names: unknown = JSON.parse(run().slice(1))
  const language =
    'AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array InternalError Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt undefined unescape'
  const others = Array.isArray(names)
    ? names.filter((name) => !language.split(' ').includes(name))
    : names
  expect(others).toEqual([])
})
