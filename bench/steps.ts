/**
 * @module Where the time goes: `bun bench/steps.ts [--short]`. A bar for each step of the line, from the program's own
 * numbers, under a load of half its capacity, where nothing queues for long; and alone, one request after the other.
 */
import { need } from './support/machine.ts'
import { sized } from './support/options.ts'
import { account, install, serve, type Pangate } from './support/pangate.ts'
import { report, short, table } from './support/report.ts'
import { scrape, type Numbers } from './support/scrape.ts'
import { accountShot, nativeShot, tryShot, type Shot } from './support/shots.ts'
import { steady } from './support/steady.ts'
import { startUpstream } from './support/upstream.ts'
import { saturate } from './support/wrk.ts'

const WARM_SECONDS = sized(15, 2)
const SECONDS = sized(15, 3)
const WIDTH = 40

need('nginx', 'wrk', 'taskset')
const upstream = await startUpstream()
const sections: string[] = []
for (const durability of ['process', 'power']) {
  const pangate = await serve(install(upstream, { PANGATE_DATABASE_DURABILITY: durability }))
  const native = nativeShot(pangate, upstream.tls)
  sections.push(await profile(pangate, native, `Native by request, durability ${durability}`))
  if (durability === 'process') {
    const praxis = accountShot(pangate, await account(pangate, 'praxis', upstream.tls))
    sections.push(await profile(pangate, praxis, 'Praxis by account, durability process'))
  }
  await pangate.child.stop()
}
report(
  'Where the time goes',
  'bun bench/steps.ts',
  `Mean times of the steps of the line, as the program counts them. \`transport\` is the PSP and the way there and back;
\`reserve\` and \`record\` wait for the disk with \`power\`.

${sections.join('\n\n')}`,
)
process.exit(0)

async function profile({ admin }: Pangate, shot: Shot, title: string): Promise<string> {
  await tryShot(shot)
  const { perSecond } = await saturate(shot, 32, WARM_SECONDS)
  const alone = await between(admin, async () => void (await saturate(shot, 1, SECONDS)))
  const half = await between(
    admin,
    async () => void (await steady(shot, { rate: perSecond / 2, seconds: SECONDS, warm: 0 })),
  )
  const most = Math.max(...[...half.values()].map(({ mean }) => mean))
  const rows = [...half].map(([step, { mean }]) => ({
    step,
    'alone, us': short(alone.get(step)?.mean ?? NaN),
    'half load, us': short(mean),
    '': '█'.repeat(Math.round((mean / most) * WIDTH)).padEnd(WIDTH),
  }))
  const whole = (of: ReadonlyMap<string, { mean: number }>): string =>
    short([...of.values()].reduce((sum, { mean }) => sum + mean, 0))
  rows.push({ step: 'whole', 'alone, us': whole(alone), 'half load, us': whole(half), '': '' })
  return `### ${title}\n\nHalf load: ${short(perSecond / 2)} requests/s.\n\n${table(rows)}`
}

/** Mean microseconds of each step while something runs. */
async function between(
  admin: string,
  run: () => Promise<void>,
): Promise<ReadonlyMap<string, { readonly mean: number }>> {
  const before = await scrape(admin)
  await run()
  const after = await scrape(admin)
  const series = (numbers: Numbers, part: string, step: string): number =>
    numbers.get(`pangate_step_duration_seconds_${part}{step="${step}"}`) ?? 0
  const steps = [...after.keys()].flatMap(
    (key) => /^pangate_step_duration_seconds_count\{step="(\w+)"\}$/.exec(key)?.[1] ?? [],
  )
  return new Map(
    steps.flatMap((step) => {
      const grown = (part: string): number => series(after, part, step) - series(before, part, step)
      return grown('count') > 0 ? [[step, { mean: (grown('sum') / grown('count')) * 1e6 }]] : []
    }),
  )
}
