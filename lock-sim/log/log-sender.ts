// Sends the log in batches as far as credit lasts: each is signed and sealed under a fresh key when its turn comes,
// so that no more than one is held. WIRE 13.3.
import { X25519_BYTES, type CryptoEngine } from '#protocol/crypto/engine.ts';
import type { LockId } from '#protocol/ids.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Signer } from '#protocol/signed/cose.ts';
import { signLogBatch } from '#protocol/signed/log-batch.ts';
import { logBatches, type ReadableLog } from './batch-maker.ts';
import type { LogEffect } from './judge-log.ts';

export interface LogSenderParts {
  readonly engine: CryptoEngine;
  readonly random: Random;
  readonly identity: Signer;
  readonly lockId: LockId;
}

export function sendLog(
  { engine, random, identity, lockId }: LogSenderParts,
  log: ReadableLog,
  { pull, keySetNumber, logKey }: Extract<LogEffect, { type: 'send-log' }>,
  send: (batch: Uint8Array) => void,
): void {
  for (const content of logBatches(engine, log, pull.from, pull.credit)) {
    const ephemeralSecret = random.bytes(X25519_BYTES);
    send(signLogBatch(engine, identity, { lockId, keySetNumber, logKey, ephemeralSecret }, content));
  }
}
