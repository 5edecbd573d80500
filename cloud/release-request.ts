// Giving a lock away: the request to the root keys that makes it forget its owner, and what comes of their signatures.
// Only a lock that no door counts on any more: a door that has lost its lock behind the cloud's back could not say so.
import { equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { DoorlabError } from '#protocol/errors.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { verifyRelease } from '#protocol/signed/release.ts';
import { joinRootSigned } from '#protocol/signed/root-signatures.ts';
import type { Bootstrap } from './bootstrap.ts';
import { openExisting } from './data-folder.ts';
import type { Trx } from './db/store.ts';
import { Refusal } from './domain/refusal.ts';
import { KeyCeremonyError } from './keys/ceremony-error.ts';
import { KeyFileError } from './keys/key-file.ts';
import { readKeySets } from './keys/key-folder.ts';
import { goodSignatures, type SignatureSheet } from './keys/root-signing.ts';
import { requestRelease, type SignRequest } from './keys/sign-request.ts';
import { epochAbove, lastEpochOf } from './locks/ownership-epoch.ts';
import { wireLockId } from './locks/package.ts';

export interface ReleaseWish {
  readonly keysFolder: string;
  /** The hex of a lock id, or the id or the name of the door that the lock was at last. */
  readonly lock: string;
  /** The one that the lock is at, where its roots are others than those in force. */
  readonly keySet?: number;
}

/** Throws Refusal (NOT_FOUND, DOOR_HAS_LOCK), KeyFileError, WireError. */
export async function askRelease(bootstrap: Bootstrap, wish: ReleaseWish): Promise<SignRequest> {
  const { clock, engine, dataFolder, databaseUrl } = bootstrap;
  const inForce = keySetOf(wish);
  const store = await openExisting(dataFolder, clock, databaseUrl);
  try {
    const { lockId, ownershipEpoch } = await store.write(async (trx) => {
      const found = await findReleased(trx, wish.lock);
      await requireUnbound(trx, found);
      const epoch = await epochAbove(trx, await lastEpochOf(trx, found));
      await endActivationsBelow(trx, epoch, nowS(clock));
      return { lockId: found, ownershipEpoch: epoch };
    });
    return requestRelease(engine, { format: 1, lockId: wireLockId(lockId), ownershipEpoch }, inForce);
  } finally {
    await store.close();
  }
}

/** What a courier brings to the lock. Throws RELEASE_REFUSED where the signatures do not do. */
export function finishRelease(
  engine: CryptoEngine,
  request: SignRequest,
  sheets: readonly SignatureSheet[],
): Uint8Array {
  const { wish, payload, inForce } = request;
  if (wish.kind !== 'release') throw refused('the request asks for no release');
  const payloadHash = engine.sha256(payload);
  if (!sheets.every((sheet) => equalBytes(sheet.payloadHash, payloadHash))) {
    throw refused('a signature is on another request');
  }
  const signed = joinRootSigned(payload, goodSignatures(engine, request, sheets, refused));
  try {
    verifyRelease(engine, signed, wish.release.lockId, inForce);
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    throw refused(error.message, error);
  }
  return signed;
}

const refused = (why: string, cause?: unknown): KeyCeremonyError =>
  new KeyCeremonyError('RELEASE_REFUSED', `the release is not made: ${why}`, {
    cause,
    next: 'Have the request signed by the root keys that are still missing, and name all signatures.',
  });

function keySetOf({ keysFolder, keySet }: ReleaseWish): Uint8Array {
  const sets = readKeySets(keysFolder);
  const number = keySet ?? sets.length;
  const found = sets[number - 1];
  if (found !== undefined) return found;
  throw new KeyFileError('KEY_MISSING', `there is no key set ${number} in ${keysFolder}`, {
    next: `Name one from 1 to ${sets.length}, the one that the lock is at.`,
  });
}

/** The lock that left last, of a door. */
async function findReleased(trx: Trx, lock: string): Promise<string> {
  const found = await trx
    .selectFrom('released_locks')
    .innerJoin('doors', 'doors.id', 'released_locks.door_id')
    .select(['released_locks.lock_id', 'doors.id as door_id'])
    .where(({ eb, or }) =>
      or([eb('released_locks.lock_id', '=', lock), eb('doors.id', '=', lock), eb('doors.name', '=', lock)]),
    )
    .orderBy('released_locks.released_at_s', 'desc')
    .orderBy('released_locks.ownership_epoch', 'desc')
    .execute();
  const [first] = found;
  const isOne = found.every(
    ({ door_id, lock_id }) => door_id === first?.door_id || lock_id === first?.lock_id,
  );
  if (first !== undefined && isOne) return first.lock_id;
  const bound = await trx
    .selectFrom('locks')
    .innerJoin('doors', 'doors.id', 'locks.door_id')
    .select(['locks.id'])
    .where(({ eb, or }) =>
      or([eb('locks.id', '=', lock), eb('doors.id', '=', lock), eb('doors.name', '=', lock)]),
    )
    .limit(1)
    .executeTakeFirst();
  if (first === undefined && bound !== undefined) return bound.id;
  throw new Refusal(
    'NOT_FOUND',
    first === undefined ? `No lock has left ${lock}.` : `Several doors are called ${lock}.`,
    {
      next: 'Give the id of the lock, 32 hex digits as on its status.',
    },
  );
}

/** One that was begun before could bind the lock below the release, which would then take it off that door. */
const endActivationsBelow = async (trx: Trx, epoch: number, atS: number): Promise<void> => {
  await trx
    .updateTable('activations')
    .set({ expires_at_s: atS })
    .where('lock_id', 'is', null)
    .where('ownership_epoch', '<=', epoch)
    .where('expires_at_s', '>', atS)
    .execute();
};

async function requireUnbound(trx: Trx, lockId: string): Promise<void> {
  const bound = await trx
    .selectFrom('locks')
    .innerJoin('doors', 'doors.id', 'locks.door_id')
    .select(['doors.id', 'doors.name'])
    .where('locks.id', '=', lockId)
    .executeTakeFirst();
  if (bound === undefined) return;
  throw new Refusal('DOOR_HAS_LOCK', `${bound.name} still counts on this lock.`, {
    subject: bound.id,
    next: 'Take the lock off its door first.',
  });
}
