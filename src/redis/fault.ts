/**
 * @module Why a command was not carried out, told without a word of what the server said: that may repeat what it was sent.
 */

/**
 * `down`: not sent, there is no connection. `late`, `lost`: sent, and nobody knows whether it was or will be carried out.
 * `refused`: the server did not carry it out.
 */
export type RedisTrouble = 'down' | 'late' | 'lost' | 'refused'

export class RedisFault extends Error {
  readonly trouble: RedisTrouble
  /** The first word of the server's error, such as `OOM` or `READONLY`; the trouble where there is none. */
  readonly code: string

  constructor(trouble: RedisTrouble, word?: string) {
    super(`Redis: ${word ?? trouble}`)
    this.name = 'RedisFault'
    this.trouble = trouble
    this.code = word ?? trouble
  }
}

/** What Bun's client threw: an error of the server, or the end of the connection. */
export function faultOf(error: unknown): RedisFault {
  if (error instanceof RedisFault) return error
  const [, word] = error instanceof Error ? (/^([A-Z]{2,16}) /.exec(error.message) ?? []) : []
  return word === undefined ? new RedisFault('lost') : new RedisFault('refused', word)
}
