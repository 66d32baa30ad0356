/**
 * @module An adapter's file as JavaScript for the sandbox. Types go; type errors are nobody's business here; imports but of types are refused.
 */
import { Refused, lineAt } from './refused.ts'
import { stripTypes } from './strip_types.ts'

/** The JavaScript. Throws Refused with the line. */
export function transpile(source: string): string {
  const code = attempt(() => stripTypes(source))
  const [first] = new Bun.Transpiler({ loader: 'js' }).scanImports(code)
  if (first) throw new Refused(...told(source, first.path))
  return code
}

function told(source: string, specifier: string): [reason: string, line: number] {
  const at = source.search(
    new RegExp(`(?:\\bfrom|\\bimport)\\s*\\(?\\s*(['"\`])${RegExp.escape(specifier)}\\1`),
  )
  // An import that was not written by the author stands for what needs help at run time.
  if (at < 0) {
    const required = source.search(/(?<![\w.$])require\b/)
    if (required < 0)
      return ['uses decorators or `using`, which need helpers that are not there', 1]
    return [
      'uses require: an adapter has no imports, the kit has the rest',
      lineAt(source, required),
    ]
  }
  return [
    `imports ${specifier}: only \`import type\` is possible, the kit has the rest`,
    lineAt(source, at),
  ]
}

/** Turns what Bun throws, one message or several, into the first of them with its line. */
function attempt(work: () => string): string {
  try {
    return work()
  } catch (error) {
    const first: unknown = error instanceof AggregateError ? error.errors[0] : error
    const message = first instanceof Error ? first.message : 'cannot be read'
    const place: unknown = first instanceof Error ? Reflect.get(first, 'position') : null
    const line: unknown = typeof place === 'object' && place ? Reflect.get(place, 'line') : null
    throw new Refused(message, typeof line === 'number' ? line : 1)
  }
}
