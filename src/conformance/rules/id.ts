/** @module The adapter is called as its file is. */
import { complaint } from '../finding.ts'
import type { Rule } from '../rule.ts'

export const id: Rule = {
  name: 'id',
  asks: 'id is the name of the file, in lower case',
  first: true,
  check({ adapter, file }) {
    if (typeof adapter.id !== 'string' || !/^[a-z][a-z0-9_-]{0,63}$/.test(adapter.id)) {
      const fix = 'use lower-case letters, digits, _ and -, beginning with a letter'
      return [complaint('id', 'id is no name that an account could give', fix)]
    }
    if (file === null || file === adapter.id) return []
    const message = `id is ${adapter.id}, but the file is called ${file}`
    return [complaint('id', message, `write id: '${file}', or rename the file`)]
  },
}
