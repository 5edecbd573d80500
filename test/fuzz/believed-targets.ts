// The parsers behind a signature or a seal, by an engine that believes everything: what the holder of a stolen key sends,
// and what no forger gets to. The same parsers with the real signatures are among the others.
import { verifyStatement, openGrant } from '#protocol/signed/activation.ts';
import { verifyDeactivation } from '#protocol/signed/deactivation.ts';
import { parseFirmware, verifyFirmware } from '#protocol/signed/firmware.ts';
import { verifyKeySet } from '#protocol/signed/key-set.ts';
import { verifyLogAck } from '#protocol/signed/log-ack.ts';
import { openLogBatch } from '#protocol/signed/log-batch.ts';
import { parseManifest, verifyManifest } from '#protocol/signed/manifest.ts';
import { verifyReceipt } from '#protocol/signed/receipt.ts';
import { verifyRelease } from '#protocol/signed/release.ts';
import { verifyTime } from '#protocol/signed/time.ts';
import { anActivation } from '../builders/activation.ts';
import { aKeySet } from '../builders/key-set.ts';
import { aLock } from '../builders/lock.ts';
import { aLogBatch, anOpening, someRows } from '../builders/log.ts';
import { believingEngine as engine } from './believing-engine.ts';
import type { Target } from './fuzzing.ts';
import { samplesOf } from './message-samples.ts';

const lock = aLock();
const { lockId, identity, sealingSecret, labelHash } = lock;
const first = aKeySet();
const { keySet, table, time, firmware } = first;
const second = aKeySet({ number: 2 });
const activation = anActivation({ lock, keySet: first, engine });
const batches = [0, 1, 3, 40].map((count) => aLogBatch({ rows: someRows(count) }, { lock, keySet: first, engine })); // prettier-ignore
const grantOf = {
  lockId,
  statementHash: activation.verified.hash,
  tableKey: table.publicKey,
  sealingSecret,
};

const believed = (name: string, parse: Target['parse'], samples = samplesOf(name)): Target => ({
  name: `${name}, believed`,
  parse,
  samples,
});

export const BELIEVED_TARGETS: readonly Target[] = [
  believed('key set', (input) => verifyKeySet(engine, input, undefined)),
  believed('next key set', (input) => verifyKeySet(engine, input, keySet), [second.bytes]),
  believed('manifest', (input) => verifyManifest(engine, parseManifest(input, lockId), table.publicKey)),
  believed('activation statement', (input) => verifyStatement(engine, input, labelHash)),
  believed('activation grant', (input) => openGrant(engine, input, grantOf), [activation.grantBytes]),
  believed('receipt', (input) => verifyReceipt(engine, input, lockId, identity.publicKey)),
  believed('time statement', (input) => verifyTime(engine, input, lockId, time.publicKey)),
  believed('deactivation', (input) => verifyDeactivation(engine, input, lockId, table.publicKey)),
  believed('release', (input) => verifyRelease(engine, input, lockId, keySet)),
  believed('firmware manifest', (input) => verifyFirmware(engine, parseFirmware(input), firmware.publicKey)),
  believed('log acknowledgement', (input) => verifyLogAck(engine, input, lockId, time.publicKey)),
  believed('log batch', (input) => openLogBatch(engine, input, anOpening(lock, [first])), batches),
];
