/** @module Ids in Stitch's form: each token has one, and forwards have UUIDs that sort as they do. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { forwardUuid, ownTokenId, shownTokenId } from '../../src/dialects/stitch/ids.ts'
import { newId } from '../../src/id.ts'

describe('token ids', () => {
  test("the page's token is read as it was made", () => {
    const shown = 'dG9rZW4vMTQ0NjZlYjAtMjlhMi00ZDM3LWIyYjctNTZkMWFkNWIxZWIw'
    expect(ownTokenId(shown)).toBe('14466eb0-29a2-4d37-b2b7-56d1ad5b1eb0')
    expect(shownTokenId('14466eb0-29a2-4d37-b2b7-56d1ad5b1eb0')).toBe(shown)
  })

  test('every id comes back', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }), (id) => {
        if (id.isWellFormed()) expect(ownTokenId(shownTokenId(id))).toBe(id)
      }),
    )
  })

  test('an id of ours is itself', () => {
    const id = newId('tok', 1_800_000_000_000)
    expect(ownTokenId(id)).toBe(id)
    // Base64 by its letters, but of something else.
    expect(ownTokenId('dG9rZW4=')).toBe('dG9rZW4=')
  })
})

describe('ids of forwards', () => {
  const time = 1_800_000_000_000

  test('are UUIDs of version 7 with the time of the forward', () => {
    const uuid = forwardUuid(newId('fwd', time)) ?? ''
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16)).toBe(time)
  })

  test('are the same for the same forward, and others for others', () => {
    const ids = Array.from({ length: 1000 }, () => newId('fwd', time))
    expect(new Set(ids.map(forwardUuid)).size).toBe(1000)
    expect(ids.map(forwardUuid)).toEqual(ids.map(forwardUuid))
  })

  test('sort as the forwards do', () => {
    const ids = Array.from({ length: 100 }, () => newId('fwd', time)).toSorted()
    const uuids = ids.map((id) => forwardUuid(id) ?? '')
    expect(uuids).toEqual(uuids.toSorted())
  })

  test('are none of what is no forward', () => {
    expect(['fwd_x', newId('tok', 1), 'fwd_8zzzzzzzzzzzzzzzzzzzzzzzzz'].map(forwardUuid)).toEqual([
      null,
      null,
      null,
    ])
  })
})
