/** @module The PSP's own code and words come through as they are, so that its support knows them. */
import type { Answer } from '../../adapter.ts'
import { complaint } from '../finding.ts'
import { isRow } from '../intents.ts'
import type { Rule } from '../rule.ts'
import { outcomesOf } from './unknown_answers.ts'

export const verbatim: Rule = {
  name: 'verbatim',
  asks: "psp.code and psp.message are the PSP's own, as they stand in the answer",
  check: (subject) => {
    const found = outcomesOf(subject)
    const changed = found.flatMap(({ name, operation, outcome, answer }) => {
      const psp = isRow(outcome) && isRow(outcome['psp']) ? outcome['psp'] : {}
      return (['code', 'message'] as const).flatMap((member) => {
        const value = psp[member]
        if (typeof value !== 'string' || stands(answer, value)) return []
        const fix = 'copy it from the answer; words of your own belong to reason'
        return [
          complaint(
            `${operation}: ${name}`,
            `psp.${member} is ${JSON.stringify(value)}, which is not in the answer`,
            fix,
          ),
        ]
      })
    })
    return [...changed, ...silent(found)]
  },
}

/** A decline that comes without code and words says nothing that anyone could look up. */
function silent(found: ReturnType<typeof outcomesOf>) {
  return found.flatMap(({ name, operation, outcome }) => {
    if (!isRow(outcome) || outcome['kind'] !== 'declined') return []
    const psp = isRow(outcome['psp']) ? outcome['psp'] : {}
    if (psp['code'] !== null || psp['message'] !== null) return []
    const fix = "give the PSP's own code or words in psp"
    return [
      complaint(`${operation}: ${name}`, 'a decline has neither code nor words of the PSP', fix),
    ]
  })
}

function stands({ text, json, headers }: Answer, value: string): boolean {
  return (
    text.includes(value) ||
    Object.values(headers).some((header) => header.includes(value)) ||
    leaves(json).includes(value) ||
    unescaped(text).includes(value)
  )
}

function leaves(value: unknown): readonly string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leaves)
  return [String(value)]
}

/** As XML, HTML and forms mean it. */
function unescaped(text: string): string {
  const names: { readonly [name: string]: string } = {
    lt: '<',
    gt: '>',
    amp: '&',
    quot: '"',
    apos: "'",
  }
  const xml = text.replace(/&(\w+);/g, (whole, name: string) => names[name] ?? whole)
  try {
    return xml + decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // No form.
    return xml
  }
}
