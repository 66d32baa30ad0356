/**
 * @module The pages' shell blocks: found, run as a reader would run them, and compared with what the page shows.
 */
import { expect } from 'bun:test'

export interface Block {
  readonly heading: string
  readonly script: string
  /** What standard output must hold, where the page shows it. */
  readonly answer: string | null
  readonly isJson: boolean
  /** What a second terminal is for. */
  readonly isDev: boolean
}

/** Blocks fenced as `sh run` or `sh dev`, each with the `json` or `text` block that follows it directly. */
export function blocks(page: string): readonly Block[] {
  return page.split(/^(?=##+ )/m).flatMap((section) => {
    const heading = /^#+ (.*)$/m.exec(section)?.[1] ?? ''
    return [
      ...section.matchAll(
        /^```sh (run|dev)\n([\s\S]*?)^```\n(?:\n```(json|text)\n([\s\S]*?)^```)?/gm,
      ),
    ].map(([, fence, script = '', kind, answer]) => ({
      heading,
      script,
      answer: answer ?? null,
      isJson: kind === 'json',
      isDev: fence === 'dev',
    }))
  })
}

/** Runs lines as a reader's shell would, which keeps what earlier blocks exported in `env.sh` of the folder. */
export async function runLines(script: string, folder: string, path = process.env['PATH'] ?? '') {
  const lines = ['set -euo pipefail', 'source ./env.sh', script, 'export -p > env.sh']
  const child = Bun.spawn(['bash', '-c', lines.join('\n')], {
    cwd: folder,
    env: { PATH: path },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { stdout, stderr, status }
}

/** A matcher of text in which `...` stands for anything, and for nothing at its end. */
export function likeText(shown: string): ReturnType<typeof expect.stringMatching> {
  const parts = shown.split('...').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return expect.stringMatching(new RegExp(`^${parts.join('[\\s\\S]+')}$`))
}

/** What is shown, with `...` in a text standing for anything. */
export function likeness(shown: unknown): Record<string, unknown> {
  const like = (value: unknown): unknown => {
    if (typeof value === 'string' && value.includes('...')) return likeText(value)
    if (Array.isArray(value)) return value.map(like)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, like(field)]))
  }
  // Every answer on the page is an object, and an object stays one.
  return like(shown) as Record<string, unknown>
}

export interface Ready {
  readonly url: string
  readonly sandbox: { readonly url: string }
}

/** The line of `pangate dev --json`. */
export async function ready(stream: ReadableStream<Uint8Array>): Promise<Ready> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true })
    // Its shape is the contract of `pangate dev --json`.
    if (text.includes('\n')) return JSON.parse(text.slice(0, text.indexOf('\n'))) as Ready
  }
  throw new Error(`pangate dev ended: ${text}`)
}
