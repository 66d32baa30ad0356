/** @module Every case file, on the executable: what the merchant sends, what reaches the PSP, what comes back. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { parseCase } from './support/case_file.ts'
import { DIALECTS, caseFiles, readCase } from './support/files.ts'
import { play } from './support/play.ts'
import { openWorld, type World } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
}, 60_000)
afterAll(() => world.stop())

for (const dialect of DIALECTS) {
  describe(dialect, () => {
    for (const name of caseFiles(dialect)) {
      test(`${dialect}/${name}`, async () => {
        expect(await play(readCase(dialect, name), world)).toEqual([])
      })
    }
  })
}

describe('the runner', () => {
  const HOLDS = `# A case that holds
# feature: none   status: works
POST /v1/forward
Authorization: Bearer <key>
Content-Type: application/json

{"request":{"url":"<psp>/echo/raw?status=402","body":{"a":[1,2]}}}
----------
POST /echo/raw?status=402
content-type: application/json
-x-other

{"a":[1,2]}
----------
200
content-type: application/json

{"id":"fwd_<any>","sent":"yes","response":{"status":402,"body":{"a":[1,"<any>"]},"*":"<any>"},"outcome":null,"*":"<any>"}
`
  const differences = (text: string) => play(parseCase('inline', text), world)

  test('finds nothing where a case holds', async () => {
    expect(await differences(HOLDS)).toEqual([])
  })

  test.each([
    ['another body at the PSP', '\n{"a":[1,2]}\n', '\n{"a": [1,2]}\n', 'at the PSP: body: differs'],
    ['another path at the PSP', 'POST /echo/raw', 'POST /echo', 'at the PSP: wanted POST /echo?'],
    ['another header', 'application/json\n-x', 'text/xml\n-x', 'at the PSP: header content-type'],
    ['a header too many', '-x-other', '-user-agent', 'header user-agent: must not be there'],
    ['no request at all', 'POST /echo/raw?status=402\n', 'nothing\n', 'nothing may arrive'],
    ['another status', '\n200\n', '\n201\n', 'the answer: status: wanted 201, came 200'],
    ['another value', '"status":402', '"status":400', '.response.status: wanted 400, came 402'],
    ['a list of another length', '[1,"<any>"]', '[1]', 'body.a: 1 items wanted, 2 came'],
    ['a field too few', '"sent"', '"b":1,"sent"', '.b: wanted, but is not there'],
    ['a field too many', '"outcome":null,"*":"<any>"}', '"outcome":null}', '.timing: not wanted'],
    ['another text', '\n200\n', '\n200 exact\n', 'the answer: body: differs'],
  ])('finds %s', async (_, from, to, found) => {
    const text = HOLDS.replace(from, () => to)
    expect(text).not.toBe(HOLDS)
    expect((await differences(text)).join('\n')).toContain(found)
  })

  test('says what is wrong with a file, and where', () => {
    const broken = HOLDS.replace('----------\n200', '200')
    expect(() => parseCase('some.case', broken)).toThrow('some.case:3: three sections')
    expect(() => parseCase('some.case', HOLDS.replace('works', 'work'))).toThrow('some.case:1:')
  })

  test('stops where a preparation is refused', async () => {
    const text = HOLDS.replace('POST', 'given x = GET /v1/tokens/tok_none -> id\nPOST')
    expect(differences(text)).rejects.toThrow('line 3: given x: it was refused: 404')
  })
})
