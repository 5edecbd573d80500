// A lock with its bench socket in a data folder, for commands that run in the test's own process: the whole firmware in
// virtual time, of a profile of the test's choice, with a doorcode and a card that open.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { keyedVerifier } from '#protocol/table/verifier.ts';
import type { Surroundings } from '#cli/context.ts';
import { BenchFlash, BenchTiming } from '#lock-sim/control/bench-flash.ts';
import { serveControl } from '#lock-sim/control/server.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import { NO_TIMING } from '#lock-sim/flash/nor-flash.ts';
import type { Profile } from '#lock-sim/mechanics/profile.ts';
import { layOut } from '#lock-sim/storage/layout.ts';
import { aDoorcodeRow, aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from '#test/lock-sim/hand-courier.ts';
import { aBench, type Bench } from '#test/lock-sim/lock-bench.ts';
import { aStage, run, type Stage } from './surroundings.ts';

export const NAME = 'front';
export const CODE = '1234567';
/** Lives on weekdays from 08:00 to 18:00, in UTC. */
export const OFFICE_CODE = '7654321';
export const CARD = '04a1b2c3d4e5f6';
const CAPACITY_CHUNKS = 9;

export interface Told {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** Of --json. */
  readonly objects: readonly Record<string, unknown>[];
  /** The `result` of the last of them. */
  readonly result: unknown;
}

export interface BenchLock {
  readonly bench: Bench;
  readonly timing: BenchTiming;
  readonly data: string;
  /** Runs `doorlab ARGS`, with that on stdin. */
  told(args: readonly string[], input?: string): Promise<Told>;
  json(args: readonly string[], input?: string): Promise<Told>;
  stage(given?: Partial<Surroundings>): Stage;
  close(): Promise<void>;
}

export async function aBenchLock(profile: Profile = 'mortise'): Promise<BenchLock> {
  const data = mkdtempSync(join(tmpdir(), 'doorlab-cli-'));
  const folder = join(data, 'locks', NAME);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'lock.json'), JSON.stringify({ format: 1, capacityRows: 1016, profile }));
  const timing = new BenchTiming(NO_TIMING);
  const flash = new BenchFlash(new FlashImage(layOut({ capacityChunks: CAPACITY_CHUNKS }).geometry));
  const bench = await aBench({ flash, timing, profile, capacityChunks: CAPACITY_CHUNKS });
  HandCourier.greeted(bench).deliver(aSetFor(bench));
  const server = await serveControl({ ...bench, folder, flash, timing });
  const stage = (given: Partial<Surroundings> = {}): Stage =>
    aStage({ cwd: data, env: { DOORLAB_DATA: data }, ...given });
  const told = async (args: readonly string[], input = ''): Promise<Told> => {
    const here = stage();
    here.stdin.end(input);
    const exit = await run(here, args);
    const objects = args.includes('--json') ? here.objects() : [];
    return { exit, out: here.out(), err: here.err(), objects, result: objects.at(-1)?.['result'] };
  };
  return {
    bench,
    timing,
    data,
    told,
    json: (args, input) => told(['--json', ...args], input),
    stage,
    async close() {
      await server.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function aSetFor({ built }: Bench) {
  const row = aDoorcodeRow(built, CODE, 1);
  const cardBytes = decodeHex(CARD) ?? new Uint8Array();
  const card = keyedVerifier(nodeEngine, built.secrets.credentialKey, 'keycard', built.doorId, cardBytes);
  return aSignedSet({
    lock: built,
    tableVersion: 1,
    head: { schedules: [[{ days: 0b1_1111, startMinute: 480, endMinute: 1_080 }]] },
    rows: [
      row,
      { ...row, credentialId: 2, kind: 'keycard', verifier: card },
      { ...aDoorcodeRow(built, OFFICE_CODE, 3), schedule: 1 },
    ],
  });
}
