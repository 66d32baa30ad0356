/**
 * @module How Praxis refuses: a number above zero and a sentence. https://docs.praxis.tech/docs/api-status-and-error-codes
 */

/** Thrown by whatever finds something wrong; the message is the `description`. */
export class Refusal extends Error {
  readonly status: number

  constructor(status: number, description: string) {
    super(description)
    this.status = status
  }
}

/** Something about the request. */
export function bad(description: string): Refusal {
  return new Refusal(400, description)
}
