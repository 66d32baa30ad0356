/**
 * @module What a scheme is: parameters that a document gives, and a function from a request to what it adds.
 */
import { fault } from './fault.ts'
import { type ParameterSet, type Values, readParameters } from './parameters.ts'
import type { SchemeInput, Signed } from './types.ts'

interface Definition<P extends ParameterSet> {
  readonly name: string
  /** One sentence for the documentation. */
  readonly about: string
  /** The specification: an RFC or the vendor's page. */
  readonly source: string
  readonly parameters: P
  readonly apply: (values: Values<P>, input: SchemeInput) => Signed | Promise<Signed>
}

/** A scheme with its parameters read: the check is done once, when an adapter is loaded. */
export interface Prepared {
  /** Credentials it will ask for. */
  readonly credentials: readonly string[]
  /** What to add to a request. Throws where the request, a key or a credential does not suit. */
  readonly apply: (input: SchemeInput) => Promise<Signed>
}

export interface Scheme extends Omit<Definition<ParameterSet>, 'apply'> {
  /** Reads parameters. Throws one error that names all that is wrong with them. */
  readonly prepare: (parameters: unknown) => Prepared
}

/** Makes a scheme of its definition. */
export function defineScheme<const P extends ParameterSet>(definition: Definition<P>): Scheme {
  const { name, about, source, parameters, apply } = definition
  const prepare = (given: unknown): Prepared => {
    const wanted = new Set<string>()
    const values = readParameters(parameters, given, name, (credential) => wanted.add(credential))
    return {
      credentials: [...wanted],
      apply: async (input) => checked(name, await apply(values, input)),
    }
  }
  return Object.freeze({ name, about, source, parameters, prepare })
}

/** No header that a scheme writes may end its line or hold what HTTP cannot carry. RFC 9110, 5.5. */
function checked(scheme: string, signed: Signed): Signed {
  for (const [name, value] of Object.entries(signed.headers)) {
    const param = `header ${/^[\w-]+$/.test(name) ? name : 'name'}`
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
      throw fault({ scheme, param }, 'is not a header name')
    }
    if (!/^[\t\x20-\x7e]*$/.test(value)) throw fault({ scheme, param }, 'is not printable ASCII')
  }
  return signed
}
