/**
 * @module The page that a redirect leads to: a plain form that says yes or no, and sends the customer back.
 */
import type { Answered, Handler } from '../exchange.ts'
import { plain } from '../exchange.ts'
import { finish } from './transact.ts'
import type { State, Transaction } from './state.ts'

const FORM = `<p>The sandbox's bank asks: is this payment yours?</p>
<form method="post">
<button name="action" value="complete">Approve</button>
<button name="action" value="fail">Decline</button>
</form>`

/** `GET /praxis/3ds/:page`. */
export function showPage(state: State): Handler {
  return (_, page = '') =>
    state.pages.has(page)
      ? html(200, FORM)
      : html(404, '<p>There is nothing to confirm here, or it is done already.</p>')
}

/** `POST /praxis/3ds/:page` with `action=complete` or `action=fail`. */
export function answerPage(state: State, changed: (transaction: Transaction) => void): Handler {
  return (request, page = '') => {
    const action = new URLSearchParams(request.body.toString('utf8')).get('action')
    if (action !== 'complete' && action !== 'fail') {
      return plain(400, 'action must be complete or fail.\n')
    }
    const transaction = state.pages.get(page)
    if (!transaction) return html(404, '<p>There is nothing to confirm here.</p>')
    finish(state, transaction, action === 'complete')
    changed(transaction)
    const back = transaction.return_url === null ? null : URL.parse(transaction.return_url)
    return back
      ? { status: 303, headers: { location: back.href } }
      : html(200, `<p>The payment is ${transaction.status}.</p>`)
  }
}

function html(status: number, body: string): Answered {
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
