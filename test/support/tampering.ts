/**
 * @module What somebody who can write to the database's file may do to the audit log, and what its check must say of each.
 */
import { Database } from 'bun:sqlite'

export interface Tampering {
  /** What is done to a chain that has eight lines or more, and whose last line others name. */
  readonly run: (db: Database, chain: string) => void
  /** What is said of that chain. */
  readonly says: RegExp
}

const change =
  (column: string, value: string | number) =>
  (db: Database, chain: string): void => {
    db.run(`update audit set ${column} = ? where chain = ? and seq = 4`, [value, chain])
  }

const remove =
  (which: string) =>
  (db: Database, chain: string): void => {
    db.run(`delete from audit where chain = ? and ${which}`, [chain])
  }

/** Moves lines from one number on by so many; through negative numbers, because none may be there twice. */
function renumber(db: Database, chain: string, from: number, by: number): void {
  db.run('update audit set seq = -seq where chain = ? and seq >= ?', [chain, from])
  db.run('update audit set seq = -seq + ? where chain = ? and seq < 0', [by, chain])
}

const COLUMNS = 'chain, seq, at, actor, action, tenant, subject, request_id, detail, hash'

export const TAMPERINGS: Readonly<Record<string, Tampering>> = {
  'another actor': { run: change('actor', 'key_of_another'), says: /line 4 was changed after/ },
  'another time': { run: change('at', 1), says: /line 4 was changed after/ },
  'another action': { run: change('action', 'serve.start'), says: /line 4 was changed after/ },
  'another tenant': { run: change('tenant', 'ten_x'), says: /line 4 was changed after/ },
  'another subject': { run: change('subject', 'fwd_x'), says: /line 4 was changed after/ },
  'another request': { run: change('request_id', 'req_x'), says: /line 4 was changed after/ },
  'another detail': { run: change('detail', '{"a":1}'), says: /line 4 was changed after/ },
  'a detail that is no JSON': {
    run: change('detail', '\u0000{'),
    says: /line 4 was changed after/,
  },
  'a time beyond all numbers': {
    run: change('at', 2 ** 62),
    says: /line 4 was changed after/,
  },
  'a value where there was none': {
    run: (db, chain) =>
      db.run("update audit set tenant = coalesce(tenant, '') || ' ' where chain = ? and seq = 4", [
        chain,
      ]),
    says: /line 4 was changed after/,
  },
  'another hash': {
    run: (db, chain) =>
      db.run('update audit set hash = zeroblob(32) where chain = ? and seq = 4', [chain]),
    says: /line 4 .* was changed/,
  },
  'a changed last line': {
    run: (db, chain) =>
      db.run(
        "update audit set actor = 'x' where chain = ?1 and seq = (select max(seq) from audit where chain = ?1)",
        [chain],
      ),
    says: /line \d+ .* was changed/,
  },
  'a removed line': { run: remove('seq = 4'), says: /line 4 was removed/ },
  'several removed lines': {
    run: remove('seq between 3 and 6'),
    says: /lines 3 to 6 were removed/,
  },
  'a removed first line': { run: remove('seq = 1'), says: /line 1 was removed/ },
  'a removed line, the others renumbered': {
    run: (db, chain) => {
      remove('seq = 4')(db, chain)
      renumber(db, chain, 5, -1)
    },
    says: /line 4 was removed, and the lines behind renumbered/,
  },
  'two lines the other way round': {
    run: (db, chain) => {
      for (const [from, to] of [
        [4, -4],
        [5, 4],
        [-4, 5],
      ] as const) {
        db.run('update audit set seq = ? where chain = ? and seq = ?', [to, chain, from])
      }
    },
    says: /line 4 was put behind others: it stands in the place of line 5/,
  },
  'a line put further back': {
    run: (db, chain) => {
      db.run('update audit set seq = -100 where chain = ? and seq = 3', [chain])
      for (const seq of [4, 5, 6]) {
        db.run('update audit set seq = ? where chain = ? and seq = ?', [seq - 1, chain, seq])
      }
      db.run('update audit set seq = 6 where chain = ? and seq = -100', [chain])
    },
    says: /line 3 was put behind others|line 3 .* was inserted/,
  },
  'an inserted line': {
    run: (db, chain) => {
      renumber(db, chain, 4, 1)
      db.run(
        `insert into audit (${COLUMNS}) select chain, 4, at, 'key_x', action, tenant, subject, request_id, detail, hash
         from audit where chain = ? and seq = 3`,
        [chain],
      )
    },
    says: /line 4 .* was inserted/,
  },
  'a line written once more': {
    run: (db, chain) => {
      renumber(db, chain, 4, 1)
      db.run(
        `insert into audit (${COLUMNS}) select chain, 4, at, actor, action, tenant, subject, request_id, detail, hash
         from audit where chain = ? and seq = 3`,
        [chain],
      )
    },
    says: /line 4 .* was inserted/,
  },
  'a removed end': { run: remove('seq > 5'), says: /its end was removed: it stops at line 5/ },
  'a removed chain': { run: remove('true'), says: /is gone, with its \d+ lines or more/ },
  'lines put under another chain': {
    run: (db, chain) => db.run("update audit set chain = 'chn_x' where chain = ?", [chain]),
    says: /is gone, with its \d+ lines or more/,
  },
}

/** Does it, with the triggers taken away that refuse it. */
export function tamper(path: string, chain: string, { run }: Tampering): void {
  const db = new Database(path)
  db.run('drop trigger if exists audit_no_update')
  db.run('drop trigger if exists audit_no_delete')
  run(db, chain)
  db.close()
}
