// Binding a lock to a door. Nothing of it is kept here: the cloud keeps what it gave until the lock has proven that
// it came, and the lock what it took, so that a run killed anywhere is simply run again.
import type { ReceiptResult } from '#protocol/api/door-sync.ts';
import { DoorlabError } from '#protocol/errors.ts';
import type { LockId } from '#protocol/ids.ts';
import { labelAdvertisingKey, parseLabel } from '#protocol/label.ts';
import { NONCE_BYTES, type Receipt } from '#protocol/signed/receipt.ts';
import { isOfConnection } from '#protocol/sync/refusals.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import { bytesOf } from './cloud-client.ts';
import { CloudError } from './cloud-error.ts';
import { CLOUD_CALL_AT_LOCK_DEADLINE_MS } from './cloud-limits.ts';
import { activateOver, type ActivationEnd, type ActivationStep } from './courier/activation.ts';
import { CONNECT_DEADLINE_MS } from './courier/courier-limits.ts';
import { DoorFinder } from './courier/door-finder.ts';
import { isMeetingFailure } from './courier/meeting-failure.ts';
import { failureOf, GatewayError, interrupted } from './gateway-error.ts';
import { carryReceipt } from './receipts.ts';
import { syncDoorOf, syncDoors, type GatewayParts, type SyncDoor, type SyncOptions } from './sync-doors.ts';
import type { DoorOutcome } from './sync-report.ts';

export interface ActivateOptions extends SyncOptions {
  /** Gives the door its set at once, which also proves the binding. Default true. */
  readonly firstSync?: boolean;
  readonly onStep?: (step: ActivationStep | 'found') => void;
}

export interface Activated {
  readonly doorId: string;
  readonly lockId: LockId;
  /** The lock had its secrets from an earlier run that did not come to its end. */
  readonly wasGranted: boolean;
  /** Undefined where `wasGranted`: the first sync's receipt stands for it. */
  readonly receipt: Receipt | undefined;
  /** Undefined where the cloud waits for the first sync's receipt, or could not be told. */
  readonly proven: ReceiptResult | undefined;
  /** Undefined where none was asked for. */
  readonly firstSync: DoorOutcome | undefined;
}

/** Sessions with the lock, each after it was found again. */
const SESSIONS_MAX = 4;
/** A lock advertises at least once a second. */
const LABEL_PATIENCE_MS = 2_000;
/** The label's advert among the adverts looked for. No door id looks like it. */
const LABEL = 'label';

/**
 * Binds the lock that bears this label to the door. Throws WireError BAD_LABEL, CloudError (DOOR_HAS_LOCK,
 * STATEMENT_MISMATCH, ...), GatewayError, RadioError and JournalError; after any of them it may be run again.
 */
export async function activateDoor(
  parts: GatewayParts,
  door: { readonly doorId: string; readonly doorName: string },
  label: string,
  options: ActivateOptions = {},
): Promise<Activated> {
  return new DoorActivation(parts, door, label, options).run();
}

class DoorActivation {
  readonly #parts: GatewayParts;
  readonly #door: { readonly doorId: string; readonly doorName: string };
  readonly #label: string;
  readonly #labelHash: Uint8Array;
  readonly #options: ActivateOptions;
  readonly #signal: AbortSignal;

  constructor(
    parts: GatewayParts,
    door: { readonly doorId: string; readonly doorName: string },
    label: string,
    options: ActivateOptions,
  ) {
    this.#parts = parts;
    this.#door = door;
    this.#label = label;
    this.#labelHash = parseLabel(parts.engine, label);
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
  }

  async run(): Promise<Activated> {
    let last: GatewayError | undefined;
    let above: number | undefined;
    for (let session = 0; session < SESSIONS_MAX; session++) {
      if (this.#isStopped()) throw interrupted();
      // Anew each time: what an earlier session handed in may have changed whose key the door has.
      const granted = await this.#grantedLock();
      const { applied } = granted?.sync ?? { applied: null };
      if (applied !== null && applied.tableState !== 'none') {
        // The lock has had a table: refused by the cloud in its own words.
        await this.#parts.cloud.startActivation(this.#door.doorId, { signal: this.#signal });
      }
      const found = await this.#find(granted);
      if (found.doorId === this.#door.doorId && granted !== undefined) return this.#proveGranted(granted);
      const end = await this.#session(found.peripheralId, above);
      if (end.result === 'activated') return this.#activated(end);
      last = failureOf(this.#door.doorName, end);
      if (end.result !== 'refused') continue;
      const { lockEpoch, error } = end;
      const isFurther =
        error.code === 'WRONG_OWNERSHIP' && lockEpoch !== undefined && lockEpoch > (above ?? 0);
      // An earlier owner brought it there: what it is to sign has to be above that.
      if (isFurther) above = lockEpoch;
      else if (error.code !== 'WRONG_MAC' && !isOfConnection(error.code)) throw last;
    }
    throw last ?? interrupted();
  }

  /** The lock that the cloud has given secrets for this door, whether or not they reached it. */
  async #grantedLock(): Promise<SyncDoor | undefined> {
    try {
      const doors = await this.#parts.cloud.courierDoors({ signal: this.#signal });
      // One that is to leave, or has, is none that an earlier run gave secrets to.
      const door = doors.find(({ doorId, leaving }) => doorId === this.#door.doorId && leaving === null);
      return door === undefined ? undefined : syncDoorOf(door);
    } catch (error) {
      // A token for activations alone: without an earlier run there is nothing to be found either.
      if (error instanceof CloudError && error.code === 'SCOPE_MISSING') return undefined;
      throw error;
    }
  }

  async #find(granted: SyncDoor | undefined): Promise<{ doorId: string; peripheralId: string }> {
    const { engine, central } = this.#parts;
    const byLabel = { doorId: LABEL, advertisingKey: labelAdvertisingKey(engine, this.#labelHash) };
    const finder = new DoorFinder(
      this.#parts,
      central,
      granted === undefined ? [byLabel] : [byLabel, granted],
    );
    const signal = this.#signal;
    const first = await finder.next(new Set([LABEL, this.#door.doorId]), { signal });
    // Where both are here, it is the label's that was asked for.
    const isGranted = first !== undefined && first.door.doorId !== LABEL;
    const labelled = isGranted
      ? await finder.next(new Set([LABEL]), { signal, deadlineMs: LABEL_PATIENCE_MS })
      : first;
    const seen = labelled ?? first;
    if (seen === undefined) {
      if (this.#isStopped()) throw interrupted();
      throw new GatewayError('DOOR_NOT_FOUND', 'The lock with this label is not in range.', {
        next: 'Check that it has power and no owner yet, press its button, and run it again.',
      });
    }
    this.#options.onStep?.('found');
    return { doorId: seen.door.doorId, peripheralId: seen.peripheralId };
  }

  async #session(peripheralId: string, above: number | undefined): Promise<ActivationEnd> {
    const { engine, clock, random, cloud, central } = this.#parts;
    const signal = this.#signal;
    const started = await cloud.startActivation(this.#door.doorId, { signal, above });
    const request = bytesOf(started.request);
    let link: CentralLink;
    try {
      link = await central.connect(peripheralId, { deadlineMs: CONNECT_DEADLINE_MS, signal });
    } catch (error) {
      if (!isMeetingFailure(error)) throw error;
      return { result: 'link-lost', detail: error.message };
    }
    try {
      return await activateOver(
        link,
        {
          engine,
          labelHash: this.#labelHash,
          courierNonce: random.bytes(NONCE_BYTES),
          keySet: bytesOf(started.keySet),
          request,
        },
        {
          clock,
          signal,
          finish: async (statement) => {
            const answer = await cloud.finishActivation(started.id, statement, this.#label, {
              signal,
              deadlineMs: CLOUD_CALL_AT_LOCK_DEADLINE_MS,
            });
            return bytesOf(answer.answer);
          },
          ...(this.#options.onStep === undefined ? {} : { onStep: this.#options.onStep }),
        },
      );
    } finally {
      await link.disconnect();
    }
  }

  async #activated(end: ActivationEnd & { readonly result: 'activated' }): Promise<Activated> {
    const { doorId } = this.#door;
    const { lockId, receipt } = end;
    const told = await carryReceipt(this.#parts, doorId, lockId, end.receiptBytes);
    const proven = told.told === 'taken' ? told.result : undefined;
    return { doorId, lockId, wasGranted: false, receipt, proven, firstSync: await this.#firstSync() };
  }

  /** An earlier run was cut off between the lock's taking the secrets and the cloud's hearing of it. */
  async #proveGranted({ doorId, lockId }: SyncDoor): Promise<Activated> {
    const firstSync = await this.#sync();
    const proven = 'cloud' in firstSync ? firstSync.cloud : undefined;
    return { doorId, lockId, wasGranted: true, receipt: undefined, proven, firstSync };
  }

  async #firstSync(): Promise<DoorOutcome | undefined> {
    if (this.#options.firstSync === false) return undefined;
    try {
      return await this.#sync();
    } catch (error) {
      // The lock is bound whatever becomes of its first sync.
      if (!(error instanceof DoorlabError)) throw error;
      return { ...this.#door, result: 'failed', error };
    }
  }

  async #sync(): Promise<DoorOutcome> {
    const { doors } = await syncDoors(this.#parts, [this.#door.doorId], this.#options);
    const [outcome] = doors;
    return outcome ?? { ...this.#door, result: 'failed', error: interrupted() };
  }

  #isStopped(): boolean {
    return this.#signal.aborted;
  }
}
