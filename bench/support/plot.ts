/** @module Lines over time as an SVG, with nothing else than SVG. */

export interface Curve {
  readonly name: string
  readonly color: string
  readonly values: readonly number[]
}

export interface Chart {
  readonly title: string
  readonly unit: string
  readonly curves: readonly Curve[]
}

const WIDTH = 800
const HEIGHT = 260
const LEFT = 70
const TOP = 40
const BOTTOM = 40

/** Charts below one another, each from 0; `x` names the steps along the bottom. */
export function plot(charts: readonly Chart[], x: string): string {
  const parts = charts.map(
    (chart, at) => `<g transform="translate(0 ${at * HEIGHT})">${drawn(chart, x)}</g>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT * charts.length}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${parts.join('\n')}
</svg>
`
}

function drawn({ title, unit, curves }: Chart, x: string): string {
  const count = Math.max(...curves.map(({ values }) => values.length))
  const top = roundUp(Math.max(...curves.flatMap(({ values }) => values)))
  const xAt = (at: number): number => LEFT + ((WIDTH - LEFT - 20) * at) / Math.max(1, count - 1)
  const yAt = (value: number): number => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * value) / top
  const rules = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = yAt(top * share).toFixed(1)
    return `<line x1="${LEFT}" x2="${WIDTH - 20}" y1="${y}" y2="${y}" stroke="#ddd"/><text x="${LEFT - 8}" y="${y}" dy="4" text-anchor="end">${Number((top * share).toPrecision(3))}</text>`
  })
  const ticks = Array.from({ length: count }, (_, at) => at + 1)
    .filter((tick) => count <= 20 || tick % 5 === 0)
    .map(
      (tick) =>
        `<text x="${xAt(tick - 1).toFixed(1)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${tick}</text>`,
    )
  const lines = curves.map(({ color, values }) => {
    const points = values.map((value, at) => `${xAt(at).toFixed(1)},${yAt(value).toFixed(1)}`)
    return `<polyline fill="none" stroke="${color}" stroke-width="2" points="${points.join(' ')}"/>`
  })
  const legend = curves.map(
    ({ name, color }, at) =>
      `<text x="${WIDTH - 20 - at * 90}" y="20" text-anchor="end" fill="${color}">${name}</text>`,
  )
  return [
    `<text x="${LEFT}" y="20" font-weight="bold">${title}, ${unit}</text>`,
    ...legend,
    ...rules,
    ...ticks,
    `<text x="${WIDTH / 2}" y="${HEIGHT - 6}" text-anchor="middle">${x}</text>`,
    ...lines,
  ].join('\n')
}

/** The next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-6)))
  return power * ([1, 1.5, 2, 3, 4, 5, 6, 8].find((step) => step * power >= value) ?? 10)
}
