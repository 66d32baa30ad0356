/**
 * @module One server a file: the second one is refused, with the number of the first.
 */
import { OperatorError } from '../errors.ts'
import { isBusy } from './busy.ts'
import { connect, type Connection } from './native.ts'

/** A connection that nobody has a hold of is collected, and its lock with it. */
const held = new Set<Connection>()

/**
 * Takes the lock of a database for this process, until it is released or the process ends in whatever way. Throws
 * OperatorError where another process has it.
 *
 * It is a write transaction on a small file of its own, `<file>-lock`: the operating system ends its locks with their
 * process, also a killed one, no child inherits them, and they hold between containers that share a folder, which a socket
 * or a process number in a file would not. Commands beside the server do not ask for it: they wait for each other's
 * transactions.
 */
export function lockDatabase(file: string): { release(): void } {
  const connection = connect(`${file}-lock`, 0)
  try {
    hold(connection)
  } catch (error) {
    const holder = isBusy(error) ? holderOf(connection) : null
    connection.close()
    if (!isBusy(error)) throw error
    throw new OperatorError(
      `the database ${file} is in use by another pangate${holder === null ? '' : `, process ${holder}`}`,
      holder === null
        ? `fuser -v '${file}'`
        : `ps -fp ${holder}, and stop it before you start another`,
    )
  }
  held.add(connection)
  return {
    release() {
      held.delete(connection)
      // A closed connection keeps its locks for as long as its statements are not collected.
      connection.exec('rollback')
      connection.close()
    },
  }
}

function hold({ exec, all }: Connection): void {
  exec('begin immediate')
  exec('create table if not exists holder (process integer not null); delete from holder')
  all('insert into holder values (?)', [process.pid])
  exec('commit')
  // Who holds it can be read, because it is committed; this transaction writes nothing and is never ended.
  exec('begin immediate')
}

/** The process that has the lock; null where it is just taking it. */
function holderOf(connection: Connection): number | null {
  try {
    const [row] = connection.all('select process from holder', [])
    return typeof row?.[0] === 'number' ? row[0] : null
  } catch {
    return null
  }
}
