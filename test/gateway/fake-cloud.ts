// DOOR OS as far as couriers see it, in memory and behind the gateway's own port: a few doors, their packages, and
// the receipts that came. Any of its methods can be made to fail.
import type { ActivationAnswer, ActivationStart, Deactivation } from '#protocol/api/activation.ts';
import type { CourierDoor, Delivery, LogBatchResult, ReceiptResult } from '#protocol/api/door-sync.ts';
import type { Door } from '#protocol/api/property.ts';
import type { Triple } from '#protocol/api/values.ts';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import type { LockId } from '#protocol/ids.ts';
import { labelAdvertisingKey, parseLabel } from '#protocol/label.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import {
  activationReceiptNonce,
  encodeActivationRequest,
  signGrant,
  verifyStatement,
} from '#protocol/signed/activation.ts';
import { keySetHash } from '#protocol/signed/key-set.ts';
import { verifyReceipt } from '#protocol/signed/receipt.ts';
import type { Package } from '#protocol/table/package.ts';
import type { Cloud, PackageOptions } from '#gateway/cloud-client.ts';
import { CloudError } from '#gateway/cloud-error.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import type { BuiltLock } from '#test/builders/lock.ts';
import { aDeactivation, aTime } from '#test/builders/life.ts';
import type { BuiltSet } from '#test/builders/signed-set.ts';
import { HandCloud } from '../lock-sim/hand-cloud.ts';

interface FakeDoor {
  readonly doorId: string;
  readonly doorName: string;
  lock: BuiltLock | undefined;
  set: BuiltSet | undefined;
  applied: Triple | undefined;
  /** Beside the full set: what leads to it from the table of that hash. */
  delta?: { readonly base: string; readonly set: BuiltSet };
}

const NOTHING = { target: null, applied: null, pendingSinceS: null, dueS: null, reasons: [] };
const NO_LOCK: CourierDoor['sync'] = { state: 'no-lock', ...NOTHING };

const NOW_S = 1_772_355_600;

export class FakeCloud implements Cloud {
  baseUrl = 'http://cloud.test';
  readonly doorList: FakeDoor[] = [];
  readonly receipts: { readonly doorId: string; readonly receipt: string }[] = [];
  readonly calls: string[] = [];
  /** Called before each method does anything; throws to make it fail. */
  before: (method: string) => void = () => {};
  /** Called after a method has done all that it does, as where its answer is lost. */
  after: (method: string) => void = () => {};
  readonly keySet = aKeySet();
  /** Whether it gives the time and takes event logs: a cloud of an earlier version does neither. */
  keepsUp = false;
  readonly #logs = new Map<string, HandCloud>();
  readonly #nonces = new Set<string>();
  /** Of activations: prove the binding alone. */
  readonly #bindings = new Set<string>();
  #count = 0;

  add(doorName: string, lock?: BuiltLock, set?: BuiltSet): FakeDoor {
    const doorId = `door_${String.fromCharCode(97 + this.doorList.length).repeat(26)}`;
    const door: FakeDoor = { doorId, doorName, lock, set, applied: undefined };
    this.doorList.push(door);
    return door;
  }

  async courierDoors(): Promise<readonly CourierDoor[]> {
    return this.#do('courierDoors', () =>
      this.doorList.flatMap((door) => (door.lock === undefined ? [] : [this.#courierDoor(door, door.lock)])),
    );
  }

  async doors(): Promise<readonly Door[]> {
    throw new Error('not asked for here');
  }

  async startDelivery(doorId: string): Promise<Delivery> {
    return this.#do('startDelivery', () => {
      const { lock, set, delta } = this.#door(doorId);
      const cloudNonce = (++this.#count).toString(16).padStart(32, '0');
      this.#nonces.add(cloudNonce);
      return {
        doorId,
        lockId: encodeHex(lock!.lockId),
        cloudNonce,
        target: set!.triple,
        tableHash: encodeHex(set!.manifest.tableHash),
        packageBytes: set!.packageBytes.length,
        packageTag: '"1"',
        delta: delta
          ? { base: delta.base, packageBytes: delta.set.packageBytes.length, packageTag: '"2"' }
          : null,
        leaving: this.#leavingOf(doorId),
        expiresAtS: 4_000_000_000,
      };
    });
  }

  async package(doorId: string, _lockId: LockId, { base }: PackageOptions = {}): Promise<Package> {
    return this.#do(base === undefined ? 'package' : 'delta', () => {
      const { set, delta } = this.#door(doorId);
      return (base !== undefined && delta?.base === base ? delta.set : set)!;
    });
  }

  async keySetsAfter(number: number): Promise<readonly Uint8Array[]> {
    return this.#do('keySetsAfter', () => (number === 0 ? [this.keySet.bytes] : []));
  }

  async postReceipt(doorId: string, receiptBytes: Uint8Array): Promise<ReceiptResult> {
    return this.#do('postReceipt', () => {
      const door = this.#door(doorId);
      const lock = door.lock!;
      const receipt = verifyReceipt(nodeEngine, receiptBytes, lock.lockId, lock.identity.publicKey);
      const leaves = this.leaving.get(doorId);
      if (receipt.tableState === 'none' && receipt.triple.ownershipEpoch === leaves?.ownershipEpoch) {
        this.receipts.push({ doorId, receipt: encodeHex(receiptBytes) });
        door.lock = undefined;
        return { outcome: 'deactivated', closedTasks: 0, sync: NO_LOCK };
      }
      const isBinding = receipt.tableState === 'none' && this.#bindings.has(encodeHex(receipt.cloudNonce));
      if (!isBinding && !this.#nonces.has(encodeHex(receipt.cloudNonce))) {
        throw new CloudError('RECEIPT_STALE_NONCE', 'No open delivery.', { status: 409 });
      }
      this.receipts.push({ doorId, receipt: encodeHex(receiptBytes) });
      door.applied = receipt.triple;
      const { sync } = this.#courierDoor(door, lock);
      return { outcome: sync.state === 'up-to-date' ? 'applied' : 'behind', closedTasks: 1, sync };
    });
  }

  async signTime(doorId: string, nonce: Uint8Array): Promise<Uint8Array> {
    return this.#do('signTime', () => {
      this.#refuseWhereOlder();
      const lock = this.#door(doorId).lock!;
      return aTime(nonce, NOW_S, { lock, keySet: this.keySet });
    });
  }

  async postLogBatch(doorId: string, batch: Uint8Array): Promise<LogBatchResult> {
    return this.#do('postLogBatch', () => {
      this.#refuseWhereOlder();
      const log = this.logOf(doorId);
      log.take(batch);
      const { sequence } = log.head;
      return { ack: sequence === 0 ? null : encodeHex(log.signAck()), next: sequence + 1 };
    });
  }

  /** What it holds of a door's log. */
  logOf(doorId: string): HandCloud {
    const log = this.#logs.get(doorId) ?? new HandCloud(this.#door(doorId).lock!, this.keySet);
    this.#logs.set(doorId, log);
    return log;
  }

  #refuseWhereOlder(): void {
    if (!this.keepsUp) throw new CloudError('NOT_FOUND', 'There is nothing here.', { status: 404 });
  }

  async startActivation(doorId: string): Promise<ActivationStart> {
    return this.#do('startActivation', () => {
      const door = this.#door(doorId);
      if (door.applied !== undefined) throw new CloudError('DOOR_HAS_LOCK', 'It has one.', { status: 409 });
      const nonce = new Uint8Array(32).fill(++this.#count);
      return {
        id: `activation-${doorId}`,
        doorId,
        ownershipEpoch: 1,
        keySetNumber: 1,
        keySet: encodeHex(this.keySet.bytes),
        request: encodeHex(
          encodeActivationRequest({
            format: 1,
            nonce,
            doorId: new Uint8Array(16) as never,
            ownershipEpoch: 1,
            keySetHash: keySetHash(nodeEngine, this.keySet.bytes),
          }),
        ),
        expiresAtS: 4_000_000_000,
      };
    });
  }

  /** `built`: the lock that will be found behind the statement, whose secrets the grant carries. */
  expects: { readonly lock: BuiltLock; readonly set: BuiltSet } | undefined;

  async finishActivation(
    activationId: string,
    statement: Uint8Array,
    label: string,
  ): Promise<ActivationAnswer> {
    return this.#do('finishActivation', () => {
      const verified = verifyStatement(nodeEngine, statement, parseLabel(nodeEngine, label));
      this.#bindings.add(encodeHex(activationReceiptNonce(verified.hash)));
      const { lock, set } = this.expects!;
      const door = this.#door(activationId.replace('activation-', ''));
      door.lock = lock;
      door.set = set;
      const ephemeral = new Uint8Array(32).fill(++this.#count);
      const answer = signGrant(nodeEngine, this.keySet.table, ephemeral, verified, lock.secrets);
      const lockId = encodeHex(verified.statement.lockId);
      return { doorId: door.doorId, lockId, ownershipEpoch: 1, answer: encodeHex(answer) };
    });
  }

  /** Deactivations that were asked for, by door. */
  readonly leaving = new Map<string, Deactivation>();

  async askDeactivation(doorId: string): Promise<Deactivation> {
    return this.#do('askDeactivation', () => {
      const lock = this.#door(doorId).lock!;
      const before = this.leaving.get(doorId);
      const ownershipEpoch = before?.ownershipEpoch ?? 2;
      const statement = encodeHex(aDeactivation(ownershipEpoch, { lock, keySet: this.keySet }));
      const asked = { doorId, lockId: encodeHex(lock.lockId), ownershipEpoch, askedAtS: NOW_S, statement };
      this.leaving.set(doorId, { ...asked, state: 'asked', keyEpoch: 1 });
      return { ...asked, state: 'asked', keyEpoch: 1 };
    });
  }

  async deactivation(doorId: string): Promise<Deactivation> {
    return this.#do('deactivation', () => {
      const asked = this.leaving.get(doorId);
      if (asked === undefined || this.#door(doorId).lock === undefined)
        throw new CloudError('NOT_FOUND', 'None is.', { status: 404 });
      return asked;
    });
  }

  #leavingOf(doorId: string): CourierDoor['leaving'] {
    const { lock } = this.#door(doorId);
    if (lock === undefined || !this.leaving.has(doorId)) return null;
    return { advertisingKey: encodeHex(labelAdvertisingKey(nodeEngine, lock.labelHash)) };
  }

  /** Nonces of receipts that the cloud has, to tell one from another. */
  get takenNonces(): string[] {
    return this.receipts.map(({ doorId, receipt }) => {
      const { lock } = this.#door(doorId);
      const { cloudNonce } = verifyReceipt(
        nodeEngine,
        decodeHex(receipt)!,
        lock!.lockId,
        lock!.identity.publicKey,
      );
      return encodeHex(cloudNonce);
    });
  }

  #do<T>(method: string, work: () => T): T {
    this.calls.push(method);
    this.before(method);
    const result = work();
    this.after(method);
    return result;
  }

  #door(doorId: string): FakeDoor {
    const door = this.doorList.find((one) => one.doorId === doorId);
    if (door === undefined) throw new CloudError('NOT_FOUND', 'No such door.', { status: 404 });
    return door;
  }

  #courierDoor({ doorId, doorName, set, applied }: FakeDoor, lock: BuiltLock): CourierDoor {
    const target = set?.triple ?? null;
    const isThere = applied !== undefined && applied.tableVersion === target?.tableVersion;
    return {
      doorId,
      doorName,
      propertyId: `prop_${'a'.repeat(26)}`,
      lockId: encodeHex(lock.lockId),
      channelKey: encodeHex(lock.channelKey),
      advertisingKey: encodeHex(lock.secrets.advertisingKey),
      sync: {
        ...NO_LOCK,
        state: isThere ? 'up-to-date' : 'pending',
        target,
        applied:
          applied === undefined
            ? null
            : {
                triple: applied,
                tableState: applied.tableVersion === 0 ? 'none' : 'active',
                asOfS: 1_772_355_600,
                batteryPercent: 80,
                firmware: 1,
              },
      },
      leaving: this.#leavingOf(doorId),
    };
  }
}

export const cloudGone = (): CloudError => new CloudError('CLOUD_UNREACHABLE', 'The cloud is gone.');
