/**
 * @module What is made of a good call that is bad: each is one mistake, with a card number where it was made.
 */
import type { Made } from './leaks_calls.ts'
import { grouped, SECRETS, STRAY } from './leaks_world.ts'

/** All mistakes there are to make with a call of this route. */
export function spoilt(call: Made, route: string): readonly Made[] {
  const { method, path, headers, body } = call
  const with_ = (more: Partial<Made>): Made => ({ ...call, ...more })
  const [bare = ''] = path.split('?')
  const mark = path.includes('?') ? '&' : '?'
  const anonymous = Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(?:bt-)?authorization$|api-key$/.test(name)),
  )
  const wrong = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      /^(?:bt-)?authorization$/.test(name)
        ? `Bearer ${SECRETS.wrongKey}`
        : /api-key$/.test(name)
          ? SECRETS.wrongKey
          : value,
    ]),
  )
  const parameters = [...route.matchAll(/\{\w+\}/g)].length
  return [
    with_({ headers: anonymous }),
    with_({ headers: wrong }),
    with_({ path: `${path}${mark}${STRAY.queryName}=${STRAY.queryValue}` }),
    with_({ path: `${path}${mark}limit=${STRAY.queryValue}&cursor=${STRAY.queryValue}` }),
    with_({ path: `${bare}/${STRAY.path}` }),
    with_({ path: `${bare}/%zz/${STRAY.path}` }),
    ...(parameters > 0
      ? [STRAY.path, encodeURIComponent(grouped(STRAY.path))].map((id) =>
          with_({ path: route.replace(/^\S+ /, '').replace(/\{\w+\}/g, id) }),
        )
      : []),
    ...[
      'x-request-id',
      'idempotency-key',
      'bt-idempotency-key',
      'bt-trace-id',
      'user-agent',
      'cookie',
      'traceparent',
      'origin',
      'x-forwarded-for',
      'referer',
      'content-type',
      'content-encoding',
      'accept',
      'bt-proxy-key',
      'x-proxy-url',
      'x-token',
      'x-cvc-session-id',
      'bt-proxy-url',
      'bt-target-url',
    ].map((name) => with_({ headers: { ...headers, [name]: STRAY.headerValue } })),
    with_({ headers: { ...headers, [`x-${STRAY.headerName}`]: grouped(STRAY.headerValue) } }),
    with_({ headers: { ...headers, cookie: `a=${STRAY.headerValue}; ${STRAY.headerName}=%zz` } }),
    ...['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', `X${STRAY.method}`]
      .filter((other) => other !== method)
      .map((other) => with_({ method: other })),
    ...(body === undefined ? [] : spoiltBodies(body, headers).map((more) => with_(more))),
  ]
}

function spoiltBodies(body: string, headers: Made['headers']): readonly Partial<Made>[] {
  const typed = (type: string) => ({ headers: { ...headers, 'content-type': type } })
  return [
    { body: `{"number":"${STRAY.broken}","cvc":"${STRAY.broken}",` },
    { body: `"${STRAY.broken}"` },
    { body: STRAY.broken },
    { body: `${STRAY.broken}\0\u00ff` },
    { body: JSON.stringify(grouped(STRAY.broken).repeat(70_000)) },
    { body: '' },
    typed(`text/${STRAY.value}`),
    typed('application/json; charset=utf-16'),
    typed('application/x-www-form-urlencoded'),
    typed('application/xml'),
    { headers: { ...headers, 'content-encoding': 'gzip' } },
    ...spoiltJson(body).map((text) => ({ body: text })),
  ]
}

/** Every member of a JSON body in turn: a card number in place of its value, as text, grouped, as a number, as a name. */
function spoiltJson(body: string): readonly string[] {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return []
  }
  const wrong: readonly unknown[] = [
    STRAY.value,
    `order ${grouped(STRAY.grouped)}`,
    Number(STRAY.value),
    { [STRAY.memberName]: grouped(STRAY.grouped, '-') },
    [STRAY.value],
  ]
  const texts: string[] = [JSON.stringify({ ...Object(value), [STRAY.memberName]: STRAY.value })]
  const visit = (at: readonly string[], node: unknown): void => {
    for (const one of wrong) texts.push(JSON.stringify(replaced(value, at, one)))
    if (typeof node !== 'object' || node === null) return
    texts.push(JSON.stringify(replaced(value, at, { ...node, [STRAY.memberName]: 'a' })))
    for (const [name, child] of Object.entries(node)) visit([...at, name], child)
  }
  for (const [name, child] of Object.entries(Object(value))) visit([name], child)
  return texts
}

function replaced(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by
  const copy: unknown = Array.isArray(value) ? [...value] : { ...Object(value) }
  Reflect.set(Object(copy), name, replaced(Reflect.get(Object(value), name), rest, by))
  return copy
}
