// A lock's receipt, signed with its identity: by default for table version 1, active, with a trusted clock.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { hashOf } from '#protocol/ids.ts';
import { utf8 } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { NONCE_BYTES, signReceipt, type Receipt } from '#protocol/signed/receipt.ts';
import { aLock, type BuiltLock } from './lock.ts';

export interface BuiltReceipt {
  readonly receipt: Receipt;
  readonly bytes: Uint8Array;
  readonly lock: BuiltLock;
}

export interface ReceiptOptions extends Partial<Receipt> {
  readonly lock?: BuiltLock;
  readonly seed?: number | string;
  readonly engine?: CryptoEngine;
}

export function aReceipt(options: ReceiptOptions = {}): BuiltReceipt {
  const { seed = 1, engine = nodeEngine, lock = aLock({ seed }), ...over } = options;
  const random = seededRandom(seed).fork('receipt');
  const receipt: Receipt = {
    format: 1,
    lockId: lock.lockId,
    triple: { ownershipEpoch: 1, keyEpoch: 1, tableVersion: 1 },
    tableHash: hashOf(engine, utf8('a table')),
    tableState: 'active',
    courierNonce: random.fork('courier').bytes(NONCE_BYTES),
    cloudNonce: random.fork('cloud').bytes(NONCE_BYTES),
    lockTimeS: 1_700_000_000,
    clockTrust: 'trusted',
    clockUncertaintyS: 2,
    bootCount: 1,
    batteryPercent: 90,
    firmware: lock.firmware,
    logSequence: 1,
    logHash: hashOf(engine, utf8('a log row')),
    ...over,
  };
  return { receipt, bytes: signReceipt(engine, lock.identity, receipt), lock };
}
