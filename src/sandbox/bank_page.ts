/**
 * @module A page of the sandbox's bank: no scripts, nothing loaded, nothing told of where the customer came from.
 */
import type { Answered } from './exchange.ts'

/** The page with this body of HTML. */
export function bankPage(status: number, body: string): Answered {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    },
    body: `<!doctype html>\n<title>3-D Secure (sandbox)</title>\n<h1>3-D Secure</h1>\n${body}\n`,
  }
}
