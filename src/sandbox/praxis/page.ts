/**
 * @module The page that a redirect leads to: a plain form that says yes or no, and sends the customer back.
 */
import { bankPage } from '../bank_page.ts'
import type { Handler } from '../exchange.ts'
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
      ? bankPage(200, FORM)
      : bankPage(404, '<p>There is nothing to confirm here, or it is done already.</p>')
}

/** `POST /praxis/3ds/:page` with `action=complete` or `action=fail`. */
export function answerPage(state: State, changed: (transaction: Transaction) => void): Handler {
  return (request, page = '') => {
    const action = new URLSearchParams(request.body.toString('utf8')).get('action')
    if (action !== 'complete' && action !== 'fail') {
      return plain(400, 'action must be complete or fail.\n')
    }
    const transaction = state.pages.get(page)
    if (!transaction) return bankPage(404, '<p>There is nothing to confirm here.</p>')
    finish(state, transaction, action === 'complete')
    changed(transaction)
    const back = transaction.return_url === null ? null : URL.parse(transaction.return_url)
    return back
      ? { status: 303, headers: { location: back.href } }
      : bankPage(200, `<p>The payment is ${transaction.status}.</p>`)
  }
}
