/** @module The bare relay that Pangate is compared with: Bun's server and client, and nothing between. `bun relay.ts PORT UPSTREAM CA` */
export {}

const [port = '0', upstream = '', ca = ''] = process.argv.slice(2)
const tls = ca === '' ? {} : { tls: { ca: await Bun.file(ca).text() } }

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(port),
  development: false,
  reusePort: false,
  async fetch(request) {
    if (request.method === 'GET') return new Response('ready')
    const { pathname } = new URL(request.url)
    const answer = await fetch(upstream + pathname, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: request.headers.get('authorization') ?? '',
      },
      body: await request.arrayBuffer(),
      redirect: 'manual',
      ...tls,
    })
    return new Response(await answer.arrayBuffer(), {
      status: answer.status,
      headers: { 'content-type': answer.headers.get('content-type') ?? '' },
    })
  },
})
