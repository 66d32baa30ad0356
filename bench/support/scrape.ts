/** @module The program's own numbers. */

/** Series as Prometheus' text format writes them -> value. */
export type Numbers = ReadonlyMap<string, number>

/** Asks the admin listener. */
export async function scrape(admin: string): Promise<Numbers> {
  const text = await (await fetch(`${admin}/metrics`)).text()
  return new Map(
    text.split('\n').flatMap((line) => {
      const at = line.lastIndexOf(' ')
      return line === '' || line.startsWith('#')
        ? []
        : [[line.slice(0, at), Number(line.slice(at + 1))]]
    }),
  )
}
