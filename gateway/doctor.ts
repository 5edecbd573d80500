// All of doctor's checks in the order in which a person mends them.
import type { Clock } from '#protocol/ports/clock.ts';
import type { CloudClient } from './cloud-client.ts';
import { isBroken, type Check } from './doctor/check.ts';
import { checkCloud } from './doctor/cloud.ts';
import { checkDataFolder, checkKeys, checkTokenFile } from './doctor/folders.ts';
import { checkNode, judgeMachine, type AdapterWish } from './doctor/machine.ts';
import { probeAdapter, type ProbeFacts } from './doctor/adapter-probe.ts';
import { lookAt, thisMachine, type Machine } from './doctor/machine-facts.ts';

export interface DoctorWish {
  readonly clock: Clock;
  readonly adapter: AdapterWish;
  readonly dataFolder: string;
  readonly keysFolder: string;
  /** Whether it is there or not. */
  readonly tokenFile: string;
  /** The cloud is served from this machine: without keys it can't be. */
  readonly servesCloud: boolean;
  /** Undefined where no cloud is named or no token is known. */
  readonly client: Pick<CloudClient, 'session'> | undefined;
  readonly machine?: Machine;
  readonly probe?: (machine: Machine, adapter: number) => Promise<ProbeFacts>;
  /** What a real adapter hears; asked only where nothing else is broken. */
  readonly liveScan?: () => Promise<Check>;
  readonly signal?: AbortSignal;
}

/** Settles within the cloud's own deadline; never rejects but by defects. */
export async function examine(wish: DoctorWish): Promise<Check[]> {
  const machine = wish.machine ?? thisMachine();
  const { adapter } = wish;
  const looked = lookAt(machine);
  const probe = isWorthAsking(wish, judgeMachine(looked, adapter))
    ? await (wish.probe ?? probeAdapter)(machine, adapter.adapter ?? 0)
    : undefined;
  const ofMachine = judgeMachine({ ...looked, probe }, adapter);
  const canScan = isWorthAsking(wish, ofMachine);
  return [
    checkNode(machine),
    ...ofMachine,
    ...(canScan && wish.liveScan !== undefined ? [await wish.liveScan()] : []),
    checkDataFolder(wish.dataFolder),
    checkKeys(wish.keysFolder, wish.clock.nowMs(), wish.servesCloud),
    ...checkTokenFile(wish.tokenFile),
    ...(await checkCloud(wish.client, wish.clock, wish.signal)),
  ];
}

/** An adapter that is in nobody's hands, and that this process could use. */
const isWorthAsking = ({ adapter }: DoctorWish, checks: readonly Check[]): boolean =>
  adapter.isWanted &&
  !isBroken(checks) &&
  !checks.some(({ id, status }) => id === 'adapter-holder' && status !== 'ok');
