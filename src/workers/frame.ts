/**
 * @module Plain data as frames of bytes, between two processes of this program: JSON, with the bytes in it set behind it.
 */

/** Lengths of the whole frame after this field, and of its JSON: four bytes each, the lowest first. */
const HEAD = 8
/** Names what JSON does not have: `{"$": 12}` are the next twelve bytes behind it, `{"$": "12"}` is a bigint. */
const MARK = '$'

/**
 * One frame, of what JSON has, whole numbers of any size, and bytes. Throws TypeError for what would come out as something
 * else.
 */
export function encodeFrame(value: unknown): Buffer {
  const parts: Uint8Array[] = []
  const json = Buffer.from(JSON.stringify(marked(value, parts)) ?? 'null')
  const size = parts.reduce((sum, { length }) => sum + length, 0)
  const frame = Buffer.allocUnsafe(HEAD + json.length + size)
  frame.writeUInt32LE(frame.length - 4, 0)
  frame.writeUInt32LE(json.length, 4)
  let at = HEAD
  for (const part of [json, ...parts]) {
    frame.set(part, at)
    at += part.length
  }
  return frame
}

/** Takes what arrives, in whatever pieces, and gives each whole value to `on`. Bytes in it are parts of the frame's memory. */
export function frameReader(on: (value: unknown) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = []
  let held = 0
  return (chunk) => {
    chunks.push(chunk)
    held += chunk.length
    // Joined when a frame is whole, so that a long one is not copied again for each of its pieces.
    while (held >= HEAD) {
      const [first = chunk] = chunks
      if (first.length < HEAD && chunks.length > 1) chunks = [Buffer.concat(chunks)]
      const length = 4 + (chunks[0] ?? chunk).readUInt32LE(0)
      if (held < length) return
      const all = chunks.length === 1 ? (chunks[0] ?? chunk) : Buffer.concat(chunks)
      chunks = held > length ? [all.subarray(length)] : []
      held -= length
      on(decode(all.subarray(0, length)))
    }
  }
}

function decode(frame: Buffer): unknown {
  const end = HEAD + frame.readUInt32LE(4)
  const rest = { at: end }
  return unmarked(JSON.parse(frame.toString('utf8', HEAD, end)), frame, rest)
}

function marked(value: unknown, parts: Uint8Array[]): unknown {
  if (typeof value === 'bigint') return { [MARK]: String(value) }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('not a number')
  if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError('no plain data')
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) {
    parts.push(value)
    return { [MARK]: value.length }
  }
  if (Array.isArray(value)) return value.map((one) => marked(one, parts))
  if (Object.getPrototypeOf(value) !== Object.prototype || Object.hasOwn(value, MARK)) {
    throw new TypeError('no plain data')
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, marked(one, parts)] as const),
  )
}

/** In place: the value was made by JSON.parse for nobody else. */
function unmarked(value: unknown, frame: Buffer, rest: { at: number }): unknown {
  if (typeof value !== 'object' || value === null) return value
  const mark: unknown = Object.hasOwn(value, MARK) ? Reflect.get(value, MARK) : undefined
  if (typeof mark === 'string') return BigInt(mark)
  if (typeof mark === 'number') return frame.subarray(rest.at, (rest.at += mark))
  for (const [name, one] of Object.entries(value)) {
    if (typeof one === 'object') Reflect.set(value, name, unmarked(one, frame, rest))
  }
  return value
}
