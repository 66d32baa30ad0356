/**
 * @module A write of which nobody knows whether it was made: what has to be told apart from one that was not.
 */
import { GatewayError } from '../errors.ts'

/** Tells the caller as any other write that failed; who wrote it has to set right what may be there. */
export class InDoubt extends GatewayError {
  constructor(cause: unknown) {
    super(
      'storage_unavailable',
      'The database did not answer: whether it was written is not known.',
      { cause },
    )
    this.name = 'InDoubt'
  }
}
