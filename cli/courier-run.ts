// The courier's commands at work: what the gateway found or did, told to people and programs.
import { shortId } from '#protocol/ids.ts';
import { formatTriple } from '#protocol/triple.ts';
import { RadioError } from '#radio/ports/errors.ts';
import { activateDoor } from '#gateway/activate.ts';
import { CloudError } from '#gateway/cloud-error.ts';
import { chooseDoor } from '#gateway/door-choice.ts';
import {
  advertisedDoors,
  doorStatuses,
  lookAround,
  type DoorStatus,
  type SeenLock,
} from '#gateway/status.ts';
import { syncDoorOf, type SyncDoor } from '#gateway/sync-doors.ts';
import type { Context } from './context.ts';
import { counted } from './counted.ts';
import { asCourier, engine, openCloud } from './courier-session.ts';
import { doorByName } from './door-by-name.ts';
import { CliError, reportOf } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { oneStep } from './one-step.ts';
import { openRadio } from './open-radio.ts';
import type { JsonObject, Outcome } from './output.ts';

export interface ScanOptions {
  readonly seconds: string;
}

export interface ActivateOptions {
  readonly label?: string;
}

export interface StatusOptions {
  readonly air: boolean;
}

const STATUS_LOOK_MS = 3_000;
const LOOK_S_MAX = 60;

export async function scanAir(context: Context, { seconds }: ScanOptions): Promise<Outcome> {
  const { clock, config, output, signal } = context;
  const forS = Number(seconds);
  if (!(forS > 0 && forS <= LOOK_S_MAX))
    throw new CliError(
      'USAGE',
      `--seconds: expected a number above 0, at most ${LOOK_S_MAX}, not "${seconds}".`,
    );
  if (config.timeout !== undefined && config.timeout <= forS) {
    throw new CliError(
      'USAGE',
      `--timeout ${config.timeout} is over before a look of --seconds ${forS} is.`,
      {
        next: 'Give a longer --timeout or fewer --seconds.',
      },
    );
  }
  const doors = await knownDoors(context);
  const radio = openRadio(context);
  try {
    const seen = await lookAround(
      { engine, clock, central: await radio.central() },
      doors,
      forS * 1_000,
      signal,
    );
    for (const lock of seen) output.data('lock', seenJson(lock), seenText(lock));
    return {
      result: { locks: seen.length },
      text: `${counted(seen.length, 'lock')} on the air.`,
    };
  } finally {
    await radio.close();
  }
}

export async function activate(context: Context, name: string, { label }: ActivateOptions): Promise<Outcome> {
  const { prompt, signal } = context;
  const text =
    label ?? (await prompt.ask({ text: 'Label of the lock', instead: '--label TEXT', secret: false }));
  return asCourier(context, async (parts) => {
    const door = await doorByName(parts.cloud, name);
    const { lockId, firstSync } = await oneStep(context, `Activate ${door.doorName}`, (progress) =>
      activateDoor(parts, door, text, {
        signal,
        onStep: (step) => progress.note(step.replaceAll('-', ' ')),
      }),
    );
    const bound = `${door.doorName} has the lock ${shortId(lockId)}`;
    const result = {
      door: door.doorName,
      doorId: door.doorId,
      lock: shortId(lockId),
      firstSync: firstSync?.result,
    };
    if (firstSync === undefined || !('error' in firstSync)) return { result, text: `${bound}.` };
    const { code, message } = reportOf(firstSync.error);
    const state = firstSync.result === 'failed' ? 'is still to come' : 'is not told to the cloud yet';
    return {
      exit: EXIT.partly,
      result: { ...result, code, message },
      text: `${bound}; its first Door Sync ${state}: ${message} Mend that, then run doorlab sync for it.`,
    };
  });
}

export async function status(
  context: Context,
  name: string | undefined,
  { air }: StatusOptions,
): Promise<Outcome> {
  const { signal, output } = context;
  const all = await openCloud(context).courierDoors({ signal });
  const named = all.map((door) => ({ ...door, doorId: door.doorId }));
  const doors = name === undefined ? named : [chooseDoor(named, name)];
  const seen = air ? await lookOrSay(context, doors) : [];
  for (const state of doorStatuses(doors, seen)) output.data('door', statusJson(state), statusText(state));
  return {
    result: { doors: doors.length },
    ...(doors.length === 0 ? { text: 'No door has a lock yet.' } : {}),
  };
}

/** The air is the smaller half of a status: without a radio the cloud's half is still told. */
async function lookOrSay(
  context: Context,
  doors: Parameters<typeof advertisedDoors>[0],
): Promise<readonly SeenLock<ReturnType<typeof advertisedDoors>[number]>[]> {
  const { clock, output, signal } = context;
  const radio = openRadio(context);
  try {
    return await lookAround(
      { engine, clock, central: await radio.central() },
      advertisedDoors(doors),
      STATUS_LOOK_MS,
      signal,
    );
  } catch (error) {
    if (!(error instanceof RadioError)) throw error;
    output.note(`Nobody looked at the air: ${error.message}.`);
    return [];
  } finally {
    await radio.close();
  }
}

/** Without a cloud or a token a scan still shows what is there, unrecognised. */
async function knownDoors(context: Context): Promise<readonly SyncDoor[]> {
  try {
    return (await openCloud(context).courierDoors({ signal: context.signal })).map(syncDoorOf);
  } catch (error) {
    if (!(error instanceof CloudError) && !(error instanceof CliError)) throw error;
    context.output.note(`Doors are not recognised: ${error.message}`);
    return [];
  }
}

function seenJson({ peripheralId, rssi, is }: SeenLock<SyncDoor>): JsonObject {
  if (typeof is === 'string') return { peripheralId, rssi, is };
  const { versionBits, logPending, batteryLow } = is.advert;
  return {
    peripheralId,
    rssi,
    is: 'door',
    door: is.door.doorName,
    doorId: is.door.doorId,
    versionBits,
    logPending,
    batteryLow,
  };
}

function seenText({ peripheralId, rssi, is }: SeenLock<SyncDoor>): string {
  const where = `${peripheralId}  ${rssi} dBm`;
  if (is === 'unknown') return `${where}  a lock of nobody here, or not activated`;
  if (is === 'hidden') return `${where}  a lock; this platform hides what it shows`;
  return `${where}  ${is.door.doorName}, table version ${is.advert.versionBits} (low 16 bits)`;
}

function statusJson({ door, seen }: DoorStatus): JsonObject {
  const { doorName, doorId, sync: state } = door;
  return {
    door: doorName,
    doorId,
    state: state.state,
    target: state.target === null ? undefined : formatTriple(state.target),
    applied: state.applied === null ? undefined : formatTriple(state.applied.triple),
    asOfS: state.applied?.asOfS,
    batteryPercent: state.applied?.batteryPercent,
    leaving: door.leaving !== null,
    inRange: seen !== undefined,
    rssi: seen?.rssi,
  };
}

function statusText({ door, seen }: DoorStatus): string {
  const { applied, target, state } = door.sync;
  const asOf =
    applied === null
      ? 'no receipt yet'
      : `applied ${formatTriple(applied.triple)} as of ${timeText(applied.asOfS)}, battery ${applied.batteryPercent} %`;
  const leaves = state === 'no-lock' ? ', its lost one is to leave' : ', its lock is to leave';
  const standing = `${state.replaceAll('-', ' ')}${door.leaving === null ? '' : leaves}`;
  const wanted = state === 'up-to-date' || target === null ? '' : `, wants ${formatTriple(target)}`;
  return `${door.doorName}: ${standing}${wanted}; ${asOf}; ${seen === undefined ? 'not in range' : `in range at ${seen.rssi} dBm`}`;
}

const timeText = (atS: number): string =>
  new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone: 'UTC' }).format(
    atS * 1_000,
  ) + ' UTC';
