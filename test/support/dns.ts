/**
 * @module A name server for tests: answers A and AAAA from what the test says at that moment, and counts who asked for what.
 */
import { createSocket } from 'node:dgram'
import { isIPv4 } from 'node:net'

/** The addresses of a name; null for one that does not exist, `silent` for a question that is never answered. */
export type Zone = (name: string, asked: number) => readonly string[] | null | 'silent'

export interface NameServer {
  /** Names asked for, once for each question. */
  readonly asked: string[]
  zone: Zone
  stop(): Promise<void>
}

const A = 1
const AAAA = 28

/** Listens where the namespace's resolv.conf points. */
export async function startNameServer(host = '127.0.0.53', port = 53): Promise<NameServer> {
  const socket = createSocket('udp4')
  const rounds = new Map<string, number>()
  const server: NameServer = {
    asked: [],
    zone: () => null,
    stop: () => new Promise((resolve) => socket.close(() => resolve())),
  }
  socket.on('message', (question, { address, port: from }) => {
    const { name, type, end } = read(question)
    server.asked.push(name)
    // Both families are asked for each time: the first of a pair opens a round.
    const count = rounds.get(`${name} ${type}`) ?? 0
    rounds.set(`${name} ${type}`, count + 1)
    const addresses = server.zone(name, count)
    if (addresses === 'silent') return
    const own = (addresses ?? []).filter((one) => type === (isIPv4(one) ? A : AAAA))
    socket.send(answer(question.subarray(0, end), own, addresses === null, type), from, address)
  })
  await new Promise<void>((resolve) => socket.bind(port, host, resolve))
  return server
}

/** RFC 1035, 4.1.2: labels with their lengths, then type and class. */
function read(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 }
}

function answer(
  question: Buffer,
  addresses: readonly string[],
  missing: boolean,
  type: number,
): Buffer {
  const head = Buffer.from(question)
  // An answer, with recursion; 3 says that there is no such name.
  head.writeUInt16BE(missing ? 0x8183 : 0x8180, 2)
  head.writeUInt16BE(addresses.length, 6)
  head.writeUInt32BE(0, 8)
  const records = addresses.map((address) => {
    const data = bytesOf(address)
    const record = Buffer.alloc(12 + data.length)
    // The name is the question's; class IN; the time to live stays 0.
    record.writeUInt16BE(0xc00c, 0)
    record.writeUInt16BE(type, 2)
    record.writeUInt16BE(1, 4)
    record.writeUInt16BE(data.length, 10)
    data.copy(record, 12)
    return record
  })
  return Buffer.concat([head, ...records])
}

/** The bytes of an address in canonical text. */
function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [left = '', right] = plain.split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const [head, tail] = [groups(left), groups(right ?? '')]
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  const all = [...head, ...zeros, ...tail].map((group) => group.padStart(4, '0'))
  return Buffer.from(all.join(''), 'hex')
}
