/** @module A PSP that takes its time: `bun slow.ts PORT CERT KEY MILLISECONDS`. */
export {}

const [port = '0', cert = '', key = '', delay = '0'] = process.argv.slice(2)

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(port),
  development: false,
  reusePort: false,
  idleTimeout: 120,
  tls: { cert: Bun.file(cert), key: Bun.file(key) },
  async fetch(request) {
    await request.arrayBuffer()
    if (request.method === 'POST') await Bun.sleep(Number(delay))
    return Response.json({ id: 'ch_3MtwBwLkdIwHu7ix28a3tqPa', status: 'succeeded' })
  },
})
