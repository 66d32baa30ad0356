/**
 * @module Where to listen: `127.0.0.1:8420`, `[::1]:8420`, `localhost:0`.
 */
import { parseAddress } from '../address.ts'

export interface Listen {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
}

/** One label of a host name (RFC 1123). */
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

/** Host and port, both required; null for anything else. */
export function parseListen(text: string): Listen | null {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):([0-9]{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || !(port <= 65535) || String(port) !== digits) return null
  const fits = bracketed === undefined ? isHost(host) : parseAddress(host)?.family === 6
  return fits ? { host, port } : null
}

/** The text that {@link parseListen} reads. */
export function showListen({ host, port }: Listen): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** A name, or an IPv4 address in canonical form: digits alone are never a name. */
function isHost(text: string): boolean {
  if (/^[0-9.]*$/.test(text)) return parseAddress(text)?.family === 4
  return text.length <= 253 && text.split('.').every((label) => LABEL.test(label))
}
