// All of doctor's checks in the order in which a person mends them.
import type { Clock } from '#protocol/ports/clock.ts';
import type { CloudClient } from './cloud-client.ts';
import type { Check } from './doctor/check.ts';
import { checkCloud } from './doctor/cloud.ts';
import { checkDataFolder, checkKeys } from './doctor/folders.ts';
import { checkMachine, checkNode, thisMachine, type AdapterWish, type Machine } from './doctor/machine.ts';

export interface DoctorWish {
  readonly clock: Clock;
  readonly adapter: AdapterWish;
  readonly dataFolder: string;
  readonly keysFolder: string;
  /** The cloud is served from this machine: without keys it can't be. */
  readonly servesCloud: boolean;
  /** Undefined where no cloud is named or no token is known. */
  readonly client: Pick<CloudClient, 'session'> | undefined;
  readonly machine?: Machine;
  readonly signal?: AbortSignal;
}

/** Settles within the cloud's own deadline; never rejects but by defects. */
export async function examine(wish: DoctorWish): Promise<Check[]> {
  const machine = wish.machine ?? thisMachine();
  return [
    checkNode(machine),
    ...checkMachine(machine, wish.adapter),
    checkDataFolder(wish.dataFolder),
    checkKeys(wish.keysFolder, wish.clock.nowMs(), wish.servesCloud),
    ...(await checkCloud(wish.client, wish.clock, wish.signal)),
  ];
}
