// Which doors are due and in range right now, for one round: by the same rules as an agent goes by.
import { nowS } from '#protocol/ports/clock.ts';
import { lookAround } from '../status.ts';
import { syncDoorOf, type GatewayParts, type SyncDoor } from '../sync-doors.ts';
import type { AgentDoor, At } from './agent-state.ts';
import { listedOf } from './agent-visit.ts';
import { newAgent } from './agent.ts';
import { needOf } from './door-needs.ts';

export interface DueDoors {
  readonly due: readonly SyncDoor[];
  /** Due, and not in range. */
  readonly elsewhere: readonly SyncDoor[];
}

export interface DueOptions {
  readonly forMs: number;
  /** The cloud's clock, by which things are due; undefined: this one's. */
  readonly cloudMs: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Looks around for `forMs`. Throws CloudError, RadioError. */
export async function findDue(
  parts: GatewayParts,
  { forMs, cloudMs, signal }: DueOptions,
): Promise<DueDoors> {
  const doors = (await parts.cloud.courierDoors({ signal })).map(syncDoorOf);
  const seen = await lookAround(parts, doors, forMs, signal);
  const { clock } = parts;
  const wallS = cloudMs === undefined ? nowS(clock) : Math.floor(cloudMs / 1_000);
  const at: At = { monoMs: clock.monotonicMs(), wallS, chance: 0 };
  // The list was asked for before anybody was looked for: what it says of a door that shows its target is the newest.
  const state = { ...newAgent, list: { ...newAgent.list, asOfMs: at.monoMs } };
  const isDue = (door: AgentDoor): boolean => {
    const need = needOf(state, door, at);
    return need !== undefined && need.fromMs <= at.monoMs;
  };
  const due: SyncDoor[] = [];
  const elsewhere: SyncDoor[] = [];
  for (const door of doors) {
    const advert = seen.flatMap(({ is }) =>
      typeof is === 'object' && is.door === door ? [is.advert] : [],
    )[0];
    const known: AgentDoor = { ...UNTRIED, ...listedOf(door), shown: undefined };
    const shows = (shown: NonNullable<typeof advert>): AgentDoor => ({
      ...known,
      shown: { advert: shown, sinceMs: at.monoMs },
    });
    if (advert !== undefined) {
      if (isDue(shows(advert))) due.push(door);
    } else if (known.wish?.isProven === false && isDue(shows(NOTHING_YET))) elsewhere.push(door);
  }
  return { due, elsewhere };
}

const UNTRIED = { failures: 0, notBeforeMs: 0, logNotBeforeMs: 0, triedAtMs: undefined } as const;
/** As of a lock that has no table: what is due there is due by the cloud's word alone. */
const NOTHING_YET = {
  versionBits: 0,
  logPending: false,
  batteryLow: false,
  notActivated: false,
  nonce: new Uint8Array(0),
};
