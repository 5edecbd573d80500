// A Door Sync at one lock that can be met, from the cloud's nonce to its receipt at the cloud, with time and event log
// behind it. The receipt is in the journal before anything else is said to the lock, and told while that goes on.
import type { Clock } from '#protocol/ports/clock.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { encodeHex, equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { DoorlabError, invariant } from '#protocol/errors.ts';
import type { LockId } from '#protocol/ids.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import { bytesOf, type Cloud } from './cloud-client.ts';
import { CloudError } from './cloud-error.ts';
import { CLOUD_CALL_AT_LOCK_DEADLINE_MS } from './cloud-limits.ts';
import {
  deliver,
  type DeliveryOptions,
  type DeliveryOutcome,
  type KnownHandles,
} from './courier/delivery.ts';
import type { Given, UpkeepCloud, UpkeepReport } from './courier/upkeep.ts';
import { failureOf, GatewayError } from './gateway-error.ts';
import type { Journal } from './journal.ts';
import { carryReceipt, type Told } from './receipts.ts';
import type { DoorEnd, SyncedDoor } from './sync-report.ts';

export interface VisitParts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly cloud: Cloud;
  readonly journal: Journal;
  readonly log: Log;
}

export interface VisitedDoor extends SyncedDoor {
  readonly lockId: LockId;
  readonly advertisingKey: Uint8Array;
}

export interface VisitOptions extends Pick<
  DeliveryOptions,
  'connect' | 'shownNonce' | 'onProgress' | 'signal'
> {
  /** Also where a delta would do. */
  readonly wholeSets?: boolean | undefined;
}

/** Throws CloudError, JournalError and DOOR_UNKNOWN, RadioError where the radio is of no use. */
export async function visitDoor(
  parts: VisitParts,
  door: VisitedDoor,
  { connect, shownNonce, onProgress, signal, wholeSets = false }: VisitOptions,
): Promise<DoorEnd> {
  const { cloud, journal, clock } = parts;
  const { doorId } = door;
  const started = await cloud.startDelivery(doorId, { signal });
  if (!equalBytes(bytesOf(started.lockId), door.lockId)) {
    throw new GatewayError('DOOR_UNKNOWN', `${door.doorName} has been given another lock meanwhile.`, {
      next: 'Run it again.',
    });
  }
  const base = wholeSets ? undefined : started.delta?.base;
  const set = await cloud.package(doorId, door.lockId, { signal, base });
  const lockId = encodeHex(door.lockId);
  const { target } = started;
  await journal.append({ type: 'delivery-begun', doorId, lockId, target, atS: nowS(clock) });
  let told: Promise<Told> | undefined;
  const outcome = await deliver(
    parts,
    {
      lockId: door.lockId,
      advertisingKey: door.advertisingKey,
      cloudNonce: bytesOf(started.cloudNonce),
      package: set,
    },
    {
      connect,
      shownNonce,
      keySetsAfter: (number) =>
        cloud.keySetsAfter(number, { signal, deadlineMs: CLOUD_CALL_AT_LOCK_DEADLINE_MS }),
      ...(base === undefined ? {} : { fullSet: () => cloud.package(doorId, door.lockId, { signal }) }),
      handles: journal.state.handles.get(lockId),
      ...(onProgress === undefined ? {} : { onProgress }),
      onReceipt: ({ receiptBytes }) =>
        new Promise((held) => {
          // Also of another table: what a lock vouches for is news to the cloud whatever it is.
          told = carryReceipt(parts, doorId, door.lockId, receiptBytes, held);
          // What it rejects with is thrown below, once the lock has been let go.
          told.catch(() => held());
        }),
      upkeep: upkeepOf(cloud, doorId, signal),
      signal,
    },
    // However it ended: a receipt that neither disk nor cloud has is the news, and the journal is not closed under it.
  ).finally(() => told);
  const end = endOf(door, outcome, await told);
  noteUpkeep(parts, door, outcome.upkeep);
  await note(parts, door, outcome.handles, end.result);
  return end;
}

function endOf(door: VisitedDoor, outcome: DeliveryOutcome, told: Told | undefined): DoorEnd {
  if (!('receipt' in outcome)) return { result: 'failed', error: failureOf(door.doorName, outcome) };
  invariant(told !== undefined, 'a receipt is carried as it comes');
  const { receipt, connections, framesSent, handles, upkeep } = outcome;
  const delivery = { connections, framesSent, handles, upkeep };
  if (outcome.result === 'not-applied') return { result: 'failed', error: failureOf(door.doorName, outcome) };
  switch (told.told) {
    case 'taken':
      return { result: outcome.result, receipt, cloud: told.result, delivery };
    case 'not-yet':
      return { result: 'receipt-held', receipt, error: told.error, delivery };
    case 'refused':
      return { result: 'failed', error: told.error };
  }
}

async function note(
  { journal, log }: VisitParts,
  { doorId, lockId }: VisitedDoor,
  handles: KnownHandles | undefined,
  result: string,
): Promise<void> {
  const spelled = encodeHex(lockId);
  const known = journal.state.handles.get(spelled);
  try {
    if (handles !== undefined && JSON.stringify(known) !== JSON.stringify(handles)) {
      const { gattVersion, gattTable } = handles;
      const services = gattTable.services.map((service) => ({
        ...service,
        characteristics: [...service.characteristics],
      }));
      await journal.append({
        type: 'handles-learned',
        lockId: spelled,
        gattVersion,
        gattTable: { services },
      });
    }
    await journal.append({ type: 'delivery-ended', doorId, result });
  } catch (error) {
    // The receipt is safe by now; handles and the end of a delivery are found out again.
    if (!(error instanceof DoorlabError)) throw error;
    log.warn('journal.not-written', { doorId, error: error.code });
  }
}

/** A cloud that does not offer it, or refuses, ends nothing: the Door Sync is done. */
function upkeepOf(cloud: Cloud, doorId: string, signal: AbortSignal | undefined): UpkeepCloud {
  const options = { signal, deadlineMs: CLOUD_CALL_AT_LOCK_DEADLINE_MS };
  return {
    signTime: (nonce) => given(() => cloud.signTime(doorId, nonce, options)),
    takeLogBatch: (batch) =>
      given(async () => {
        const { ack, next } = await cloud.postLogBatch(doorId, batch, options);
        return { ack: ack === null ? undefined : bytesOf(ack), next };
      }),
  };
}

async function given<T>(ask: () => Promise<T>): Promise<Given<T>> {
  try {
    return { given: await ask() };
  } catch (error) {
    if (error instanceof CloudError) return { withheld: error.code };
    throw error;
  }
}

function noteUpkeep({ log }: VisitParts, { doorId }: VisitedDoor, upkeep: UpkeepReport | undefined): void {
  for (const part of ['time', 'log'] as const) {
    const end = upkeep?.[part];
    if (end === undefined || end.result === 'done') continue;
    const why = 'code' in end ? end.code : end.detail;
    log.info('upkeep.not-done', { doorId, part, result: end.result, why });
  }
}
