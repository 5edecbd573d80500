// `doorlab sync`: a round over the doors that were named, or over all that are due and in range, a line for each.
import { deferred } from '#protocol/ports/deferred.ts';
import { chooseDoors } from '#gateway/door-choice.ts';
import { findDue } from '#gateway/agent/due-doors.ts';
import {
  syncDoorOf,
  syncDoors,
  type GatewayParts,
  type SyncDoor,
  type SyncEvent,
} from '#gateway/sync-doors.ts';
import { errorOfReport, type DoorOutcome } from '#gateway/sync-report.ts';
import type { Context } from './context.ts';
import { asCourier } from './courier-session.ts';
import { CliError } from './errors.ts';
import { numberOf } from './numbers.ts';
import type { Outcome, Progress } from './output.ts';
import { outcomeJson, outcomeText } from './sync-text.ts';

export interface SyncOptions {
  readonly due?: boolean;
  /** Seconds. */
  readonly look?: string;
}

/** Locks advertise at least once a second, and half of the adverts may be lost; one that is missed is met by the next round. */
const DUE_LOOK_S = 10;
const DUE_LOOK_MAX_S = 120;

export async function sync(
  context: Context,
  names: readonly string[],
  { due = false, look }: SyncOptions,
): Promise<Outcome> {
  if (due === names.length > 0) {
    throw new CliError('USAGE', due ? '--due takes no doors.' : 'A door is missing.', {
      next: 'Name doors, or give --due for all that are due and in range.',
    });
  }
  if (look !== undefined && !due) {
    throw new CliError('USAGE', '--look goes with --due.', {
      next: 'A door that is named is looked for as long as it takes.',
    });
  }
  const lookS =
    look === undefined
      ? DUE_LOOK_S
      : numberOf('--look', look, { min: 1, max: DUE_LOOK_MAX_S, unit: 'seconds' });
  const { signal } = context;
  return asCourier(context, async (parts) => {
    if (due) {
      const cloudMs = (await parts.cloud.session({ signal })).dateMs;
      return syncDue(context, parts, { forMs: lookS * 1_000, cloudMs });
    }
    const courierDoors = await parts.cloud.courierDoors({ signal });
    const doors = chooseDoors(courierDoors.map(syncDoorOf), names);
    return syncAll(context, parts, doors);
  });
}

/** `cloudMs`: the cloud's clock, by which things are due. */
async function syncDue(
  context: Context,
  parts: GatewayParts,
  options: { readonly forMs: number; readonly cloudMs: number | undefined },
): Promise<Outcome> {
  const { output, signal } = context;
  const { due, elsewhere } = await findDue(parts, { ...options, signal });
  for (const { doorId, doorName: door } of elsewhere)
    output.data('door', { door, doorId, result: 'not-in-range' }, `${door}: due, and not in range`);
  if (due.length > 0) return syncAll(context, parts, due, { elsewhere: elsewhere.length });
  const text =
    elsewhere.length === 0
      ? 'Nothing is due.'
      : `Nothing that is due is in range: ${elsewhere.length} ${elsewhere.length === 1 ? 'door is' : 'doors are'} elsewhere.`;
  return { result: { doors: 0, elsewhere: elsewhere.length }, text };
}

async function syncAll(
  { output, signal }: Context,
  parts: GatewayParts,
  doors: readonly SyncDoor[],
  result: { readonly elsewhere?: number } = {},
): Promise<Outcome> {
  const shown = new Map(doors.map(({ doorId }) => [doorId, new ShownDoor()]));
  const round = syncDoors(
    parts,
    doors.map(({ doorId }) => doorId),
    { signal, onEvent: (event) => shown.get(doorIdOf(event))?.on(event) },
  );
  // One round for all: doors are met as they show themselves, whatever order they were named in.
  const steps = doors.map(({ doorId, doorName }) => ({
    title: doorName,
    run: async (progress: Progress): Promise<void> => {
      const ended = shown.get(doorId)?.follow(progress);
      const outcome = await Promise.race([ended, round.then(() => ended)]);
      if (outcome === undefined || outcome.result === 'failed')
        throw outcome?.error ?? new CliError('INTERRUPTED', 'It was not begun.');
      progress.note(outcome.result.replaceAll('-', ' '));
      output.data('door', outcomeJson(outcome), outcomeText(outcome));
    },
  }));
  await output.steps(steps, { keepGoing: true, atOnce: steps.length });
  const error = errorOfReport(await round);
  if (error !== undefined) throw error;
  const { elsewhere = 0 } = result;
  const text = elsewhere === 0 ? {} : { text: `Done; due and not in range: ${elsewhere}.` };
  return { result: { doors: doors.length, ...result }, ...text };
}

/** What the round says of one door, kept for the line that shows it. */
class ShownDoor {
  readonly #ended = deferred<DoorOutcome>();
  #progress: Progress | undefined;

  follow(progress: Progress): Promise<DoorOutcome> {
    this.#progress = progress;
    return this.#ended.promise;
  }

  on(event: SyncEvent): void {
    if (event.type === 'met') this.#progress?.note('met');
    if (event.type === 'progress') this.#progress?.at(event.bytes, event.totalBytes, 'bytes');
    if (event.type === 'ended') this.#ended.resolve(event.outcome);
  }
}

const doorIdOf = (event: SyncEvent): string =>
  event.type === 'ended' ? event.outcome.doorId : event.door.doorId;
