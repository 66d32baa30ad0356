/**
 * @module A value that must not be printed: it shows as `[secret]` everywhere and is read only by `reveal()`.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

const MASK = '[secret]'

/** Text that prints, logs, interpolates and serialises as `[secret]`. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The text itself. The one word to search for when reviewing who reads secrets. */
  reveal(): string {
    return this.#value
  }

  /** Whether the other text is the same, in time that depends on neither. Hashed first because lengths may differ. */
  equals(other: Secret | string): boolean {
    const text = typeof other === 'string' ? other : other.reveal()
    return timingSafeEqual(digest(this.#value), digest(text))
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  [Symbol.toPrimitive](): string {
    return MASK
  }

  [inspect.custom](): string {
    return MASK
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
