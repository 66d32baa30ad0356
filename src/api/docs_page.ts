/**
 * @module The reference page: the routes as HTML, made once.
 */
import type { TSchema } from '@sinclair/typebox'
import { ERRORS } from '../errors.ts'
import type { Route } from '../route.ts'
import { VERSION } from '../version.ts'

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
code,pre{font:14px/1.5 ui-monospace,monospace}pre{background:#f4f4f5;padding:1rem;overflow:auto;border-radius:6px}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .75rem .25rem 0;vertical-align:top;border-bottom:1px solid #e4e4e7}
h3{margin:2.5rem 0 .25rem}.method{display:inline-block;min-width:4.5rem;font-weight:700;color:#0f5e9c}.scope{color:#71717a}nav a{margin-right:1rem}
@media(prefers-color-scheme:dark){body{background:#18181b;color:#e4e4e7}pre{background:#27272a}td,th{border-color:#3f3f46}.method{color:#7cc4ff}a{color:#7cc4ff}}`

/** The page. `url` is where the server is reached, for the examples. */
export function docsPage(routes: readonly Route[], url: string): string {
  const tags = [...new Set(routes.map(({ tag }) => tag))]
  const sections = tags.map((tag) => {
    const own = routes.filter((route) => route.tag === tag)
    return `<h2 id="${anchor(tag)}">${escape(tag)}</h2>${own.map((route) => section(route, url)).join('')}`
  })
  const links = [...tags, 'Errors'].map((tag) => `<a href="#${anchor(tag)}">${escape(tag)}</a>`)
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Pangate API</title><style>${STYLE}</style></head><body><h1>Pangate API</h1>
<p>Version ${VERSION}. The same as a document for programs: <a href="/openapi.json">/openapi.json</a>.</p>
<nav>${links.join(' ')}</nav>${sections.join('')}<h2 id="errors">Errors</h2>${errors()}</body></html>`
}

function section(route: Route, url: string): string {
  const access =
    'open' in route ? 'for everybody' : route.scope ? `scope ${route.scope}` : 'any credentials'
  return `<h3><span class="method">${route.method}</span> <code>${escape(route.path)}</code></h3>
<p>${escape(route.summary)} <span class="scope">${escape(access)}</span></p>${[
    route.body ? `<table>${rows(route.body, '')}</table>` : '',
    `<pre>${escape(curl(route, url))}</pre>`,
  ].join('')}`
}

/** The keywords of JSON Schema that our schemas use. */
interface Words {
  readonly type?: string
  readonly description?: string
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly required?: readonly string[]
  readonly oneOf?: readonly TSchema[]
  readonly anyOf?: readonly TSchema[]
}

/** A line a field; objects within objects by dotted names. */
function rows(schema: TSchema, prefix: string): string {
  // TypeBox schemas are JSON Schema, and these keywords have these types in it.
  const { properties, required, oneOf, anyOf } = schema as Words
  if (oneOf) {
    return oneOf
      .map((one, at) => `<tr><th colspan="3">Shape ${at + 1}</th></tr>${rows(one, prefix)}`)
      .join('')
  }
  const inner = anyOf?.find((one) => 'properties' in one)
  if (inner) return rows(inner, prefix)
  return Object.entries(properties ?? {})
    .map(([name, field]) => {
      const must = required?.includes(name) ? 'required' : ''
      const line = `<tr><td><code>${escape(prefix + name)}</code></td><td>${escape(kind(field))}</td><td>${must}</td></tr>`
      return line + rows(field, `${prefix}${name}.`)
    })
    .join('')
}

function kind(schema: TSchema): string {
  // As above.
  const { type, anyOf, description, const: literal } = schema as Words
  if (literal !== undefined) return JSON.stringify(literal)
  if (anyOf) return anyOf.map(kind).join(' | ')
  return [type, description].filter((part) => part !== undefined).join(': ') || 'any JSON'
}

function curl({ method, path, body, credential, ...route }: Route, url: string): string {
  const header = credential ? 'X-API-Key: $KEY' : 'Authorization: Bearer $KEY'
  return [
    `curl -X ${method} ${url}${path.replace(/:(\w+)/g, '{$1}')}`,
    ...('open' in route ? [] : [`  -H "${header}"`]),
    ...(body ? ["  -H 'content-type: application/json'", "  -d '{..}'"] : []),
  ].join(' \\\n')
}

function errors(): string {
  const lines = Object.entries(ERRORS).map(
    ([code, { status, meaning, hint }]) =>
      `<tr><td><code>${code}</code></td><td>${status}</td><td>${escape(meaning)} ${escape(hint)}</td></tr>`,
  )
  return `<table><tr><th>code</th><th>status</th><th>meaning</th></tr>${lines.join('')}</table>`
}

function anchor(tag: string): string {
  return tag.toLowerCase().replace(/\W+/g, '-')
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`)
}
