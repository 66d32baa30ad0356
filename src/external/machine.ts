/**
 * @module JavaScript inside an instance: what is evaluated and called there, and how values get in and out.
 *
 * Nothing is ever freed: putting the memory back does that.
 */
import { VmFault, lineIn } from './fault.ts'
import type { Context, Instance, Value } from './instance.ts'

/** QuickJS's `JS_Call` and its like take pointers to values that stay whose they are. */
type Borrowed = ReturnType<Instance['ffi']['QTS_GetUndefined']>
type Ffi = Instance['ffi']

/** What QuickJS may use of memory and stack. Its leaves go a little further down the stack. */
const HEAP_BYTES = 40 * 1024 * 1024
const STACK_BYTES = 128 * 1024
/** Longer texts do not come out. */
const MOST_OUT = 4 * 1024 * 1024
/** Of the flags of `JS_Eval`. */
const MODULE_CODE = 1
/** QuickJS names functions of the host by numbers; there is one. */
const HOST_FUNCTION = 1

export class Machine {
  /** Another one with the same memory may take its place. */
  inside: Instance
  readonly #context: Context

  constructor(inside: Instance) {
    this.inside = inside
    const { ffi } = inside
    const runtime = ffi.QTS_NewRuntime()
    ffi.QTS_RuntimeSetMemoryLimit(runtime, HEAP_BYTES)
    ffi.QTS_RuntimeSetMaxStackSize(runtime, STACK_BYTES)
    const everything = 0 as Parameters<Ffi['QTS_NewContext']>[1] // No flags: every built-in object.
    this.#context = ffi.QTS_NewContext(runtime, everything)
  }

  /** A module's namespace. Throws VmFault in the words of what was thrown. */
  evaluate(source: string, file: string): Value {
    const { at, length } = this.inside.putText(source)
    type Eval = Parameters<Ffi['QTS_Eval']>
    // Brands over numbers: the place is that of the text, the flags are flags.
    const [code, plain, flags] = [at as Eval[1], 0 as Eval[4], MODULE_CODE as Eval[5]]
    const result = this.inside.ffi.QTS_Eval(this.#context, code, length, file, plain, flags)
    return this.#settled(result, file)
  }

  call(callee: Value, given: readonly Value[]): Value {
    const { ffi } = this.inside
    // A brand over a number.
    const list = this.inside.putPointers(given) as Parameters<Ffi['QTS_Call']>[4]
    const self = ffi.QTS_GetUndefined()
    return this.#settled(ffi.QTS_Call(this.#context, callee, self, given.length, list), null)
  }

  member(value: Value, name: string): Value {
    return this.inside.ffi.QTS_GetProp(this.#context, value, this.text(name))
  }

  /** The function of the host's, for code inside. */
  hostFunction(): Value {
    const id = HOST_FUNCTION as Parameters<Ffi['QTS_NewFunction']>[4] // A brand over a number.
    return this.inside.ffi.QTS_NewFunction(this.#context, 'host', 1, false, id)
  }

  text(text: string): Value {
    const { at } = this.inside.putText(text)
    // A brand over a number.
    return this.inside.ffi.QTS_NewString(this.#context, at as Parameters<Ffi['QTS_NewString']>[1])
  }

  bytes(bytes: Uint8Array): Value {
    const at = this.inside.putBytes(bytes)
    type Place = Parameters<Ffi['QTS_NewArrayBuffer']>[1]
    // A brand over a number.
    return this.inside.ffi.QTS_NewArrayBuffer(this.#context, at as Place, bytes.length)
  }

  /** A value as text. Throws VmFault where it is too long, or none. */
  textOf(value: Value | Borrowed): string {
    const at = this.inside.ffi.QTS_GetString(this.#context, value)
    const text = at === 0 ? null : this.inside.textAt(at, MOST_OUT)
    if (text === null) throw new VmFault('it gave too much')
    return text
  }

  /** What code inside gave to the function of the host's: a text, and buffers, copied. */
  given(count: number, list: Value | Borrowed): { text: string; buffers: readonly Uint8Array[] } {
    const { ffi } = this.inside
    const one = (index: number) => ffi.QTS_ArgvGetJSValueConstPointer(list, index)
    const buffers: Uint8Array[] = []
    for (let index = 1; index < count; index++) {
      const length = ffi.QTS_GetArrayBufferLength(this.#context, one(index))
      const at = ffi.QTS_GetArrayBuffer(this.#context, one(index))
      buffers.push(this.inside.bytesAt(at, at === 0 ? 0 : length))
    }
    return { text: this.textOf(one(0)), buffers }
  }

  /** The value, or a VmFault in the words of what was thrown. */
  #settled(value: Value, file: string | null): Value {
    const { ffi } = this.inside
    const error = ffi.QTS_ResolveException(this.#context, value)
    if (!error) return value
    const dump = this.inside.textAt(ffi.QTS_Dump(this.#context, error), MOST_OUT) ?? ''
    const line = file === null ? null : lineIn(member(dump, 'stack'), file)
    throw new VmFault(member(dump, 'message') || 'it threw no error', line)
  }
}

/** A text of what QuickJS dumps of an error, which is JSON. */
function member(dump: string, name: string): string {
  const found = new RegExp(`"${name}":("(?:[^"\\\\]|\\\\.)*")`).exec(dump)?.[1]
  return found === undefined ? '' : String(JSON.parse(found))
}
