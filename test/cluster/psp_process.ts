/**
 * @module A PSP in a process of its own: writes each request down before it answers. Arguments: host, certificate, key, file.
 */
import { openSync, readFileSync, writeSync } from 'node:fs'
import { createServer } from 'node:https'

const [host = '', cert = '', key = '', file = ''] = process.argv.slice(2)
const record = openSync(file, 'a')
/** So that some are always under way when something happens. */
const ANSWER_MS = 40

const server = createServer(
  { cert: readFileSync(cert), key: readFileSync(key) },
  (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      // The last four digits tell whose card it was; the others are nobody's business.
      const [, last4 = ''] = /"number":"\d+(\d{4})"/.exec(body) ?? []
      const op = (request.url ?? '').replace(/^\/pay\//, '')
      writeSync(record, `${JSON.stringify({ op, last4, at: Date.now() })}\n`)
      setTimeout(() => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ paid: op }))
      }, ANSWER_MS)
    })
  },
)
server.keepAliveTimeout = 60_000
server.listen(0, host, () => {
  const address = server.address()
  console.log(typeof address === 'object' && address !== null ? address.port : 0)
})
