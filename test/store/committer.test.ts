/**
 * @module The connection that writes: whole transactions, patience with others, a journal that does not grow for ever, one server a file.
 */
import { describe, expect, test } from 'bun:test'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../../src/errors.ts'
import { openCommitter } from '../../src/store/committer.ts'
import { lockDatabase } from '../../src/store/lock.ts'
import { connect } from '../../src/store/native.ts'
import { leashed } from '../support/leash.ts'
import { freshFolder } from '../support/run.ts'

/** Another program's connection. */
function other(file: string): (sql: string) => void {
  const connection = connect(file, 0)
  return (sql) => void connection.all(sql, [])
}

function newFile(): string {
  const file = join(freshFolder('committer'), 'pangate.db')
  const run = other(file)
  run('pragma journal_mode = wal')
  run('create table notes (name text primary key, bytes blob)')
  return file
}

const put = (name: string, bytes: Uint8Array | null = null) => ({
  sql: 'insert into notes values (?, ?)',
  params: [name, bytes],
})
const names = (file: string): readonly unknown[] => {
  const reader = connect(file, 0)
  const rows = reader.all('select name from notes order by name', [])
  reader.close()
  return rows.flat()
}
const size = (file: string): number =>
  existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0

describe.each(['power', 'process'] as const)('%s:', (durability) => {
  test('a batch is there when it resolves, and not at all when it fails', async () => {
    const file = newFile()
    const committer = await openCommitter(file, durability)
    expect(await committer.batch([put('a'), put('b')])).toEqual([
      { rowsAffected: 1 },
      { rowsAffected: 1 },
    ])
    expect(names(file)).toEqual(['a', 'b'])
    const failed = await committer.batch([put('c'), put('a')]).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' })
    expect(names(file)).toEqual(['a', 'b'])
    await committer.batch([put('c')])
    expect(names(file)).toEqual(['a', 'b', 'c'])
    await committer.close()
  })

  test('a parameter that no column can hold is an error and not the end of the program', async () => {
    const committer = await openCommitter(newFile(), durability)
    for (const value of [true, undefined, new Date(0), {}]) {
      // What a caller without types might give.
      const params = [value] as unknown as string[]
      const run = committer.batch([{ sql: 'insert into notes (name) values (?)', params }])
      expect(await run.catch((error: unknown) => error)).toBeInstanceOf(TypeError)
    }
    await committer.batch([put('after')])
    await committer.close()
  })

  test('another program that writes is waited for while this one goes on', async () => {
    const file = newFile()
    const committer = await openCommitter(file, durability)
    const run = other(file)
    run('begin immediate')
    const waiting = committer.batch([put('a')])
    // The loop is free: timers run, and the write is still to come.
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 2))
    expect(names(file)).toEqual([])
    run('commit')
    await waiting
    expect(names(file)).toEqual(['a'])
    await committer.close()
  })

  test('the journal begins anew under writes that never end, and is empty when it is folded', async () => {
    const file = newFile()
    const committer = await openCommitter(file, durability)
    const bytes = new Uint8Array(700)
    let largest = 0
    for (let i = 0; i < 1_000; i++) {
      await committer.batch(Array.from({ length: 40 }, (_, n) => put(`${i}-${n}`, bytes)))
      largest = Math.max(largest, size(file))
    }
    // Without an end to it there would be more than twice as much.
    expect(largest).toBeLessThan(60_000_000)
    expect(await committer.truncate()).toBe(true)
    expect(size(file)).toBe(0)
    await committer.close()
  }, 30_000)

  test('the journal is not empty while another program reads an old state of it', async () => {
    const file = newFile()
    const committer = await openCommitter(file, durability)
    await committer.batch([put('a')])
    const run = other(file)
    run('begin')
    run('select * from notes')
    await committer.batch([put('b')])
    expect(await committer.truncate()).toBe(false)
    expect(names(file)).toEqual(['a', 'b'])
    run('commit')
    expect(await committer.truncate()).toBe(true)
    await committer.close()
  })
})

describe('the lock of a server', () => {
  test('is had by one, named to the next, and free again when it is released', () => {
    const file = newFile()
    const first = lockDatabase(file)
    try {
      lockDatabase(file)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(OperatorError)
      expect(String(error)).toContain(`in use by another pangate, process ${process.pid}`)
      expect(Object(error).next).toContain(`ps -fp ${process.pid}`)
    }
    first.release()
    lockDatabase(file).release()
  })

  test('ends with its process, however that ends', async () => {
    const file = newFile()
    const script = `
      const { lockDatabase } = await import(${JSON.stringify(join(import.meta.dir, '../../src/store/lock.ts'))})
      lockDatabase(${JSON.stringify(file)})
      console.log('locked')
      setInterval(() => {}, 1000)`
    const command = leashed([process.execPath, '-e', script])
    const holder = Bun.spawn(command, { stdout: 'pipe', stderr: 'ignore' })
    // Its only line.
    await holder.stdout.getReader().read()
    expect(() => lockDatabase(file)).toThrow(`process ${holder.pid}`)
    holder.kill('SIGKILL')
    await holder.exited
    lockDatabase(file).release()
  })

  test('keeps nobody from reading and writing', async () => {
    const file = newFile()
    const lock = lockDatabase(file)
    other(file)("insert into notes (name) values ('beside')")
    expect(names(file)).toEqual(['beside'])
    lock.release()
  })
})
