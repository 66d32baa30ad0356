/**
 * @module The terminal as commands see it: two outputs, the environment, and questions whose answers do not show.
 */
import { OperatorError } from '../errors.ts'

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether the output is looked at by a person, who has not asked for plain text. */
  readonly color: boolean
  /** One line, or several, of standard output. */
  out(text: string): void
  /** Of standard error. */
  err(text: string): void
  /** All of standard input. */
  input(): Promise<string>
  /** Asks on the terminal; what is typed does not show. Throws OperatorError where there is no terminal. */
  ask(question: string): Promise<string>
}

/** The terminal of this process. */
export function openTerminal(env: Terminal['env']): Terminal {
  return {
    env,
    color: process.stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    out: (text) => console.log(text),
    err: (text) => console.error(text),
    input: () => Bun.stdin.text(),
    ask,
  }
}

function ask(question: string): Promise<string> {
  const { stdin, stderr } = process
  if (!stdin.isTTY) {
    throw new OperatorError(
      `${question}: this is no terminal to ask on`,
      'give it as NAME=@FILE, NAME=- (standard input) or NAME=env:VARIABLE',
      2,
    )
  }
  // Raw before the question stands there, so that the terminal shows nothing of what is typed.
  stdin.setRawMode(true)
  stdin.resume()
  stdin.setEncoding('utf8')
  stderr.write(`${question}: `)
  return new Promise((resolve, reject) => {
    let typed = ''
    const end = (): void => {
      stdin.off('data', read)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
    }
    const read = (chunk: string): void => {
      for (const key of chunk) {
        if (key === '\r' || key === '\n') {
          end()
          return resolve(typed)
        }
        if (key === '\x03' || key === '\x04') {
          end()
          return reject(new OperatorError('nothing was changed', 'type the command again'))
        }
        if (key === '\x7f' || key === '\b') typed = typed.slice(0, -1)
        else if (key === '\x15') typed = ''
        else if (key >= ' ') typed += key
      }
    }
    stdin.on('data', read)
  })
}
