/**
 * @module The program: the only reader of its arguments and environment.
 */
import { runProgram } from './cli/program.ts'

// What was printed is written by now, and nothing that is still open may keep the program alive.
process.exit(await runProgram(process.argv.slice(2), process.env))
