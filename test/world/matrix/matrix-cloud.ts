// The fake cloud of the gateway's tests as the matrix needs it: key sets up to any number, the time of the world, receipts told
// twice taken once, and what is no message refused as a cloud refuses it.
import { encodeHex } from '#protocol/bytes.ts';
import type { ReceiptResult } from '#protocol/api/door-sync.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { Cloud } from '#gateway/cloud-client.ts';
import { CloudError } from '#gateway/cloud-error.ts';
import type { BuiltKeySet } from '#test/builders/key-set.ts';
import { aTime } from '#test/builders/life.ts';
import type { BuiltLock } from '#test/builders/lock.ts';
import { FakeCloud } from '../../gateway/fake-cloud.ts';

export class MatrixCloud {
  readonly fake = new FakeCloud();
  /** As couriers see it. */
  readonly face: Cloud;
  /** Every receipt that it was told of and did not refuse as unreadable, once, as hex. */
  readonly heard = new Map<string, ReceiptResult>();
  /** Those that it will never take, as hex. */
  readonly refused = new Set<string>();
  readonly keySets: BuiltKeySet[];
  readonly #lock: BuiltLock;
  readonly #clock: Clock;

  constructor(lock: BuiltLock, clock: Clock, keySet: BuiltKeySet) {
    this.#lock = lock;
    this.#clock = clock;
    this.keySets = [keySet];
    this.fake.keepsUp = true;
    this.face = this.#face();
  }

  get #inForce(): BuiltKeySet {
    const keySet = this.keySets.at(-1);
    if (keySet === undefined) throw new Error('a cloud has a key set');
    return keySet;
  }

  #face(): Cloud {
    const { fake } = this;
    const over: Partial<Cloud> = {
      keySetsAfter: async (number) =>
        this.keySets.filter(({ keySet }) => keySet.number > number).map(({ bytes }) => bytes),
      signTime: async (_doorId, nonce) =>
        aTime(nonce, nowS(this.#clock), { lock: this.#lock, keySet: this.#inForce }),
      postReceipt: (doorId, receipt) => this.#takeReceipt(doorId, receipt),
      postLogBatch: (doorId, batch) => judged('LOG_BATCH_INVALID', () => fake.postLogBatch(doorId, batch)),
      finishActivation: (id, statement, label) =>
        judged('STATEMENT_MISMATCH', () => fake.finishActivation(id, statement, label)),
    };
    return new Proxy<Cloud>(fake, {
      get(target, name) {
        const value: unknown = Reflect.get(over, name) ?? Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  async #takeReceipt(doorId: string, receipt: Uint8Array): Promise<ReceiptResult> {
    const told = this.heard.get(encodeHex(receipt));
    if (told !== undefined) return told;
    if (this.fake.doorList.some((door) => door.doorId === doorId && door.lock === undefined)) {
      this.refused.add(encodeHex(receipt));
      throw new CloudError('DOOR_WITHOUT_LOCK', 'The lock has left its door.', {
        status: 409,
        next: 'Sync it again.',
      });
    }
    const result = await judged('RECEIPT_INVALID', () => this.fake.postReceipt(doorId, receipt));
    this.heard.set(encodeHex(receipt), result);
    return result;
  }
}

async function judged<T>(
  code: 'RECEIPT_INVALID' | 'LOG_BATCH_INVALID' | 'STATEMENT_MISMATCH',
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new CloudError(code, error.message, { cause: error, status: 422, next: 'Sync it again.' });
  }
}
