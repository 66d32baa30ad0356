/** What import_macro.ts would have run on the host. */
export function run(): string {
  process.env['PANGATE_TEST_MACRO'] = 'ran'
  return 'taken'
}
