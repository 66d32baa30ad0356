/**
 * @module Where to listen, in every form, and the nearest of known words.
 */
import { expect, test } from 'bun:test'
import { parseListen, showListen } from '../../src/config/listen.ts'
import { nearest } from '../../src/config/nearest.ts'

test.each([
  ['127.0.0.1:8420', '127.0.0.1', 8420],
  ['0.0.0.0:0', '0.0.0.0', 0],
  ['localhost:80', 'localhost', 80],
  ['pay-1.example.test:65535', 'pay-1.example.test', 65535],
  ['[::1]:8420', '::1', 8420],
  ['[::]:8420', '::', 8420],
])('%s', (text, host, port) => {
  expect(parseListen(text)).toEqual({ host, port })
  expect(showListen({ host, port })).toBe(text)
})

test.each([
  '',
  ':8420',
  '8420',
  '127.0.0.1',
  '127.0.0.1:',
  '127.0.0.1:65536',
  '127.0.0.1:-1',
  '127.0.0.1:08',
  '127.0.0.1:99999',
  '127.1:80',
  '256.0.0.1:80',
  '::1:8420',
  '[::1]',
  '[localhost]:80',
  '[127.0.0.1]:80',
  'a b:80',
  'a..b:80',
  '-a:80',
  'http://a:80',
  'a:80\n',
])('%p is no place to listen', (text) => {
  expect(parseListen(text)).toBeNull()
})

test.each([
  ['listn', 'listen'],
  ['lisetn', 'listen'],
  ['Listen', 'listen'],
  ['listens', 'listen'],
  ['max_body_byte', 'max_body_bytes'],
  ['maxbodybytes', 'max_body_bytes'],
  ['worker', 'workers'],
  ['colour', null],
  ['', null],
] as const)('%s is near %p', (word, expected) => {
  expect(nearest(word, ['listen', 'max_body_bytes', 'workers'])).toBe(expected)
})
