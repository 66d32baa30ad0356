/**
 * @module The bank's page of 3-D Secure: a plain form that says yes or no, and sends the cardholder back to the merchant.
 */
import { bankPage } from './bank_page.ts'
import type { Answered, Handler, Received } from './exchange.ts'
import { plain } from './exchange.ts'
import { SyntaxFault, parseForm } from './form.ts'
import { authenticationFailed } from './stripe/challenge.ts'
import type { Challenge } from './stripe/challenge.ts'
import { StripeError } from './stripe/error.ts'
import { fail, pay } from './stripe/payment_intents.ts'
import { showMethod } from './stripe/payment_method.ts'
import { failSetup, save } from './stripe/setup_intents.ts'
import type { State } from './stripe/state.ts'

/** `GET /3ds/:id`. */
export function showChallenge(state: State): Handler {
  return (_, id = '') => {
    const waiting = open(state, id)
    if (!waiting)
      return bankPage(404, '<p>There is nothing to confirm here, or it is done already.</p>')
    return bankPage(
      200,
      `<p>The sandbox's bank asks: is this payment yours?</p>
<form method="post">
<button name="action" value="complete">Complete authentication</button>
<button name="action" value="fail">Fail authentication</button>
</form>`,
    )
  }
}

/** `POST /3ds/:id` with `action=complete` or `action=fail`. */
export function answerChallenge(state: State): Handler {
  return (request, id = '') => {
    const action = readAction(request)
    if (!action) return plain(400, 'action must be complete or fail.\n')
    const challenge = open(state, id)
    if (!challenge) return bankPage(404, '<p>There is nothing to confirm here.</p>')
    state.challenges.delete(id)
    return back(challenge, settle(state, challenge, action === 'complete'), state)
  }
}

/** The challenge whose intent still waits for it. */
function open(state: State, id: string): Challenge | null {
  const challenge = state.challenges.get(id)
  if (!challenge) return null
  const intents = challenge.purpose === 'payment' ? state.intents : state.setups
  const intent = intents.get(challenge.intent)
  // A second confirmation replaces the page of the first.
  const current = JSON.stringify(intent?.next_action ?? null).includes(`/3ds/${id}"`)
  return current && intent?.status === 'requires_action' ? challenge : null
}

/** @returns whether the payment went through */
function settle(state: State, { purpose, intent: id }: Challenge, yes: boolean): boolean {
  try {
    const intent = state.intents.get(id)
    const setup = state.setups.get(id)
    const method = intent?.method ?? setup?.method
    if (!yes) {
      const error = authenticationFailed(purpose, method && showMethod(method))
      if (intent) fail(intent, error)
      if (setup) failSetup(setup, error)
      return false
    }
    if (intent) pay(state, intent, 'authenticated', null)
    if (setup) save(state, setup, 'authenticated', null)
    return true
  } catch (error) {
    // Declined after all; the intent holds the reason.
    if (error instanceof StripeError) return false
    throw error
  }
}

function back(challenge: Challenge, done: boolean, state: State): Answered {
  const status = done ? 'succeeded' : 'failed'
  if (challenge.returnUrl === null) return bankPage(200, `<p>Authentication ${status}.</p>`)
  const kind = challenge.purpose === 'payment' ? 'payment_intent' : 'setup_intent'
  const intent = state.intents.get(challenge.intent) ?? state.setups.get(challenge.intent)
  const url = new URL(challenge.returnUrl)
  url.searchParams.set(kind, challenge.intent)
  url.searchParams.set(`${kind}_client_secret`, intent?.client_secret ?? '')
  url.searchParams.set('redirect_status', status)
  return { status: 303, headers: { location: url.href } }
}

function readAction(request: Received): 'complete' | 'fail' | null {
  try {
    const action = parseForm(request.body.toString('utf8'))['action']
    return action === 'complete' || action === 'fail' ? action : null
  } catch (error) {
    if (error instanceof SyntaxFault) return null
    throw error
  }
}
