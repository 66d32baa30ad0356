/**
 * @module The URL of a collector of traces.
 */
import type { Type } from './types.ts'

/** Traces say who pays where and when, so that they go over TLS, or do not leave the machine. */
export const collectorUrl: Type<string> = {
  is: 'an https URL without user, query and fragment (http is accepted on loopback)',
  read: (value) => {
    const url = typeof value === 'string' ? URL.parse(value) : null
    if (url === null || /[?#\s\\]/.test(String(value))) return undefined
    if (url.username !== '' || url.password !== '') return undefined
    const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
    const safe = url.protocol === 'https:' || (url.protocol === 'http:' && loopback)
    return safe ? url.href : undefined
  },
}
