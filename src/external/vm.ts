/**
 * @module The sandbox of one adapter: a QuickJS that is put back, byte for byte, to the moment after it was loaded, after every call.
 *
 * So nothing of one call is left for the next: no variable, no changed prototype, no cell of freed memory.
 */
import { VmFault } from './fault.ts'
import guest from './guest.ts' with { type: 'text' }
import guestKit from './guest_kit.ts' with { type: 'text' }
import { PAGE, openInstance, type Callbacks, type Instance, type Value } from './instance.ts'
import { Machine } from './machine.ts'
import { stripTypes } from './strip_types.ts'

/** A function of the host's: text and bytes in, text or bytes out. */
export type HostFunction = (text: string, buffers: readonly Uint8Array[]) => string | Uint8Array

export interface VmOptions {
  /** An adapter's JavaScript, and the name it goes by in stacks. */
  readonly source: string
  readonly file: string
  /** Begins texts that stand for something else, in what the guest says of the adapter. */
  readonly mark: string
  readonly host: HostFunction
  /** The functions of the kit that the host has. */
  readonly names: readonly string[]
}

/** Turns of loops for one call: a fraction of a second when all of them are spent. */
const FUEL_PER_CALL = 30_000_000
/** What a call of the host costs of it, so that 100 of them are as much as there can be, and what each byte costs. */
const FUEL_PER_HOST_CALL = 300_000
const FUEL_PER_HOST_BYTE = 4
/** Memory to load an adapter in. */
const BOOT_BYTES = 112 * PAGE
/** What is left free for a call, so that memory seldom has to grow; all of it is wiped after each call. */
const LEAST_ROOM = PAGE
const MOST_ROOM = 4 * 1024 * 1024
/** How far below its stack pointer a function may write: LLVM's red zone for WebAssembly, eight times over. */
const BELOW_STACK = 1024
/** The whole stack, as the module is linked: below it are the static data, above it the heap. */
const STACK_SIZE = 5 * 1024 * 1024
/** Longer texts do not go in. */
const MOST_IN = 12 * 1024 * 1024

/** The memory at rest, but for the stack, which is empty then. */
interface Rest {
  readonly data: Uint8Array
  readonly heap: Uint8Array
  readonly stack: number
}

export class Vm {
  readonly #machine: Machine
  readonly #host: HostFunction
  readonly #enter: Value
  #rest: Rest
  #room = LEAST_ROOM
  #renewal: Promise<void> | null = null

  /** Loads an adapter; gives its sandbox, and what the guest answered to it. Throws VmFault. */
  static async open(
    options: VmOptions,
  ): Promise<{ readonly vm: Vm; readonly description: string }> {
    const inside = await openInstance((...given) => vm.#called(...given), BOOT_BYTES)
    const vm: Vm = new Vm(new Machine(inside), options)
    const description = vm.#attempt((machine) => {
      const module = machine.evaluate(options.source, options.file)
      return machine.textOf(machine.call(vm.#enter, [module, machine.text(options.mark)]))
    })
    vm.#rest = capture(inside)
    await vm.#renew()
    return { vm, description }
  }

  private constructor(machine: Machine, { host, names }: VmOptions) {
    this.#machine = machine
    this.#host = host
    const install = machine.member(machine.evaluate(guestCode(), 'guest.js'), 'default')
    const given = [machine.hostFunction(), machine.text(JSON.stringify(names))]
    this.#enter = machine.call(install, given)
    this.#rest = capture(machine.inside)
  }

  /** Runs one entry of the guest: a request in its JSON, and that of an intent and of fields. Throws VmFault where there is no answer; whatever happens, nothing of it stays. */
  run(request: string, intent: string, fields: string, body?: Uint8Array): string {
    if (request.length + intent.length + fields.length > MOST_IN)
      throw new VmFault('it was given too much')
    try {
      return this.#attempt((machine) => {
        const given = [request, intent, fields].map((text) => machine.text(text))
        if (body) given.push(machine.bytes(body))
        return machine.textOf(machine.call(this.#enter, given))
      })
    } finally {
      const { inside } = this.#machine
      const { byteLength } = inside.memory.buffer
      restore(inside, this.#rest)
      if (byteLength > this.#size()) {
        this.#room = Math.min(2 * this.#room, MOST_ROOM)
        this.#renewal ??= this.#renew()
      }
    }
  }

  /** With a full tank. Every way in which code inside can end the module becomes a VmFault. */
  #attempt<T>(work: (machine: Machine) => T): T {
    const { fuel } = this.#machine.inside
    fuel.value = FUEL_PER_CALL
    try {
      return work(this.#machine)
    } catch (error) {
      if (error instanceof VmFault) throw error
      // A trap of the module, a stack of the engine that is full, or no memory to put something in.
      throw new VmFault(fuel.value < 0 ? 'it ran too long' : 'it broke off')
    }
  }

  /** Code inside calls the host. */
  readonly #called: Callbacks['callFunction'] = (_, _context, _self, count, list) => {
    const { fuel } = this.#machine.inside
    const { text, buffers } = this.#machine.given(count, list)
    const bytes = buffers.reduce((sum, { length }) => sum + length, text.length)
    fuel.value -= FUEL_PER_HOST_CALL + bytes * FUEL_PER_HOST_BYTE
    if (fuel.value < 0) throw new VmFault('it ran too long')
    const answer = this.#host(text, buffers)
    return typeof answer === 'string' ? this.#machine.text(answer) : this.#machine.bytes(answer)
  }

  /** Memory that has grown cannot shrink: another instance, with the same content, takes the place of this one. */
  async #renew(): Promise<void> {
    try {
      const fresh = await openInstance(this.#called, this.#size())
      restore(fresh, this.#rest)
      this.#machine.inside = fresh
    } catch {
      // There is no memory for a second one, it seems. The present one is whole, only larger.
      this.#room = MOST_ROOM
    } finally {
      this.#renewal = null
    }
  }

  /** Bytes of memory for what is there at rest, and room. */
  #size(): number {
    const { stack, heap } = this.#rest
    return Math.ceil((stack + heap.length + this.#room) / PAGE) * PAGE
  }
}

function capture({ memory, stack }: Instance): Rest {
  const bytes = new Uint8Array(memory.buffer)
  const top = stack.value
  let end = bytes.length
  while (end > top && bytes[end - 1] === 0) end--
  return { data: bytes.slice(0, top - STACK_SIZE), heap: bytes.slice(top, end), stack: top }
}

/** Every byte as it was: static data, heap and what it has grown by, and the part of the stack that can have been used. */
function restore(
  { memory, stack, lowest, fuel }: Instance,
  { data, heap, stack: top }: Rest,
): void {
  const bytes = new Uint8Array(memory.buffer)
  bytes.set(data)
  bytes.fill(0, Math.max(lowest.value - BELOW_STACK, data.length), top)
  bytes.set(heap, top)
  bytes.fill(0, top + heap.length)
  stack.value = top
  lowest.value = top
  fuel.value = FUEL_PER_CALL
}

let joined: string | null = null

/** What runs beside the adapter, as one module of JavaScript. */
function guestCode(): string {
  // Imported as text, whatever the compiler thinks of files of that name.
  const [kit, entries] = [guestKit as unknown as string, guest as unknown as string].map(stripTypes)
  return (joined ??= `${kit?.replace(/^export (?:default )?/gm, '')}${entries?.replace(/^import .*$/gm, '')}`)
}
