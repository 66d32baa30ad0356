/**
 * @module What workers and their keeper ask of each other: the calls of both ends of a link, and how long each may take.
 */
import type { Sources } from '../config/load.ts'
import type { CircuitChange } from '../limits/circuit.ts'
import type { Asked, Rule, Taken } from '../limits/store.ts'
import type { PlainWrite, Written } from '../store/write.ts'
import type { Snapshot } from '../telemetry/metrics.ts'

/** What a worker is told at its start: all that it needs of the environment, the disk and the keeper's memory. */
export interface Start {
  /** Its number, from 1; its successor has the same. */
  readonly worker: number
  /** Names this process in records: no other process ever has the same. */
  readonly node: string
  /** The configuration as it was read. */
  readonly sources: Sources
  /** The master key, and others that are known while it is changed. */
  readonly masters: readonly Uint8Array[]
  readonly listen: { readonly host: string; readonly port: number }
  /** Circuits that are not closed. */
  readonly circuits: readonly CircuitChange[]
}

/** What a worker asks of its keeper. */
export type KeeperCalls = {
  /** In one transaction with what others write in the same moment. */
  write(writes: readonly PlainWrite[]): Promise<readonly Written[]>
  scrub(): Promise<void>
  'session.set'(key: string, value: Uint8Array, expiresAt: number): Promise<void>
  'session.get'(key: string): Promise<Uint8Array | null>
  'session.take'(key: string): Promise<Uint8Array | null>
  'session.delete'(key: string): Promise<boolean>
  take(key: string, rule: Rule, cost: number): Promise<Taken>
  takeInTurn(asked: readonly Asked[]): Promise<readonly Taken[]>
  /** A circuit changed; the keeper tells the others. */
  circuit(change: CircuitChange): Promise<void>
  /** It was told to stop by somebody else: another may take its place. */
  leaving(): Promise<void>
  /** Its last numbers, before it ends. */
  numbers(snapshot: Snapshot): Promise<void>
}

/** What the keeper asks of a worker. */
export type WorkerCalls = {
  /** Resolves when it listens. */
  start(start: Start): Promise<void>
  /** Answers what is under way, takes no more, and ends. After `limit` milliseconds it says what it could not finish. */
  drain(limit: number): Promise<void>
  snapshot(): Promise<Snapshot>
  circuit(change: CircuitChange): Promise<void>
  ping(): Promise<void>
}

/** Longer than a write may wait for another program's transaction and the disk. */
const WRITE_MS = 10_000

/** Milliseconds that an answer of the keeper may take. */
export const KEEPER_DEADLINES: Readonly<Record<keyof KeeperCalls, number>> = {
  write: WRITE_MS,
  scrub: WRITE_MS,
  'session.set': 2_000,
  'session.get': 2_000,
  'session.take': 2_000,
  'session.delete': 2_000,
  take: 1_000,
  takeInTurn: 1_000,
  circuit: 1_000,
  leaving: 10_000,
  numbers: 1_000,
}

/** Milliseconds that an answer of a worker may take. */
export const WORKER_DEADLINES: Readonly<Record<keyof WorkerCalls, number>> = {
  start: 30_000,
  drain: 2_000,
  snapshot: 1_000,
  circuit: 1_000,
  ping: 2_500,
}
