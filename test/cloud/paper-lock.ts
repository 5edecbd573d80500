// A lock on paper: it signs, opens and remembers as a lock must, without radio, flash or firmware. Written from
// the wire format alone, so that the cloud is not tested against its own code.
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import { hashOf, lockIdOf, type DoorId, type Hash, type LockId } from '#protocol/ids.ts';
import { formatLabel, labelHashOf } from '#protocol/label.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { systemRandom as random } from '#protocol/node/system-random.ts';
import {
  decodeActivationRequest,
  openGrant,
  signStatement,
  type ActivationStatement,
  type LockSecrets,
} from '#protocol/signed/activation.ts';
import { ACTIVATION_MAX_BYTES } from '#protocol/limits.ts';
import { parseSign1, signedHash, signerOf, type Signer } from '#protocol/signed/cose.ts';
import { readKeySet, verifyKeySet, type KeySet } from '#protocol/signed/key-set.ts';
import { verifyDeactivation } from '#protocol/signed/deactivation.ts';
import { parseManifest, verifyManifest, type Manifest } from '#protocol/signed/manifest.ts';
import { NONCE_BYTES, signReceipt, type Receipt } from '#protocol/signed/receipt.ts';
import { getBit } from '#protocol/bitmap.ts';
import { eachRow, headOfChunk, packTable, rowsOfChunk, TableCheck } from '#protocol/table/chunks.ts';
import { dailyCode, dailyEpochKey } from '#protocol/table/daily-code.ts';
import { applyDelta, decodeDelta, type TableContent } from '#protocol/table/delta.ts';
import { decodeHead, type Head } from '#protocol/table/head.ts';
import { parsePackage } from '#protocol/table/package.ts';
import { decodeRow, type Row } from '#protocol/table/rows.ts';
import { openChunk, openingKey } from '#protocol/table/seal.ts';
import { appVerifier, doorcodeVerifier, keyedVerifier } from '#protocol/table/verifier.ts';
import type { Triple } from '#protocol/triple.ts';
import type { Client } from './cloud-fixture.ts';

export interface OpenedTable {
  readonly triple: Triple;
  readonly tableHash: Hash;
  readonly head: Head;
  readonly rows: readonly Row[];
  readonly content: TableContent;
}

export class PaperLock {
  readonly identity: Signer = signerOf(engine, random.bytes(32));
  readonly sealingSecret = random.bytes(32);
  readonly channelSecret = random.bytes(32);
  readonly capacityRows: number;
  readonly lockId: LockId;
  readonly label: string;
  keySet: KeySet | undefined;
  secrets: LockSecrets | undefined;
  doorId: DoorId | undefined;
  ownershipEpoch = 0;
  table: OpenedTable | undefined;
  bootCount = 1;
  logSequence = 0;

  constructor({ capacityRows = 1_500 }: { capacityRows?: number } = {}) {
    this.capacityRows = capacityRows;
    this.lockId = lockIdOf(engine, this.identity.publicKey);
    this.label = formatLabel(engine, labelHashOf(engine, this.identity.publicKey));
  }

  /** The statement for a request, in hex; `change` makes it a wrong one. */
  state(start: { request: string; keySet: string }, change: Partial<ActivationStatement> = {}): string {
    const request = decodeActivationRequest(hex(start.request));
    this.keySet = verifyKeySet(engine, hex(start.keySet), undefined);
    this.doorId = request.doorId;
    this.ownershipEpoch = request.ownershipEpoch;
    return encodeHex(
      signStatement(engine, this.identity, {
        ...request,
        lockId: this.lockId,
        identityKey: this.identity.publicKey,
        sealingKey: engine.x25519PublicKey(this.sealingSecret),
        channelKey: engine.x25519PublicKey(this.channelSecret),
        capacityRows: this.capacityRows,
        firmware: 1,
        ...change,
      }),
    );
  }

  accept(start: { keySet: string }, statement: string, answer: string): void {
    // SHA-256 of the statement's Sig_structure is what the grant is bound to.
    this.secrets = openGrant(engine, hex(answer), {
      lockId: this.lockId,
      statementHash: statementHash(statement),
      tableKey: readKeySet(hex(start.keySet)).tableKey,
      sealingSecret: this.sealingSecret,
    });
  }

  /** Verifies, opens and keeps a package. */
  apply(bytes: Uint8Array): OpenedTable {
    this.table = this.open(bytes);
    this.logSequence++;
    return this.table;
  }

  open(bytes: Uint8Array): OpenedTable {
    const { manifestBytes, chunks } = parsePackage(engine, bytes, this.lockId);
    const { manifest } = verifyManifest(
      engine,
      parseManifest(manifestBytes, this.lockId),
      this.keySet!.tableKey,
    );
    const key = openingKey(engine, this.sealingSecret, manifest.ephemeralKey, {
      lockId: this.lockId,
      triple: manifest.triple,
      kind: manifest.kind,
      baseHash: manifest.baseHash,
      tableHash: manifest.tableHash,
    });
    const plain = chunks.map((chunk, i) => openChunk(engine, key, i, chunk)!);
    const content = manifest.kind === 'full' ? contentOf(plain) : this.#merged(manifest, plain[0]!);
    const check = new TableCheck(engine);
    for (const chunk of packTable(content.headBytes, content.rows)) check.addChunk(chunk);
    check.finish(manifest);
    return {
      triple: manifest.triple,
      tableHash: manifest.tableHash,
      head: decodeHead(content.headBytes),
      rows: content.rows.map(decodeRow),
      content,
    };
  }

  #merged(manifest: Manifest, plain: Uint8Array): TableContent {
    const base = this.table;
    if (encodeHex(base!.tableHash) !== encodeHex(manifest.baseHash!)) throw new Error('another base');
    return applyDelta(base!.content, decodeDelta(plain));
  }

  /** Rows that a doorcode finds. */
  rowsOf(code: string): Row[] {
    return this.#found(doorcodeVerifier(engine, this.secrets!.credentialKey, this.doorId!, code));
  }

  /** Rows that a card finds, by its bytes in hex. */
  rowsOfCard(value: string): Row[] {
    const { credentialKey } = this.secrets!;
    return this.#found(keyedVerifier(engine, credentialKey, 'keycard', this.doorId!, hex(value)));
  }

  /** Rows that a phone finds, by its public key. */
  rowsOfPhone(publicKey: Uint8Array): Row[] {
    return this.#found(appVerifier(engine, publicKey));
  }

  /** The slot whose code of that day these digits are, if the lock takes it. */
  dailySlot(code: string, localDay: number): number | undefined {
    const { epoch, dailySlots, singleUseSlots, bars } = this.table!.head.daily;
    const key = dailyEpochKey(engine, this.secrets!.dailyKey, epoch);
    for (let slot = 0; slot < dailySlots + singleUseSlots; slot++) {
      if (dailyCode(engine, key, this.doorId!, localDay, slot) !== code) continue;
      return getBit(bars, slot) ? undefined : slot;
    }
    return undefined;
  }

  #found(verifier: Uint8Array): Row[] {
    return (this.table?.rows ?? []).filter((row) => encodeHex(row.verifier) === encodeHex(verifier));
  }

  /** What it says after a deactivation was carried to it. */
  deactivate(statement: string): string {
    const tableKey = this.keySet!.tableKey;
    const { ownershipEpoch } = verifyDeactivation(engine, hex(statement), this.lockId, tableKey);
    this.ownershipEpoch = ownershipEpoch;
    this.table = undefined;
    this.secrets = undefined;
    return this.receipt('00'.repeat(NONCE_BYTES), {
      triple: { ownershipEpoch, keyEpoch: 0, tableVersion: 0 },
    });
  }

  receipt(cloudNonce: string, change: Partial<Receipt> = {}, signer = this.identity): string {
    const receipt: Receipt = {
      format: 1,
      lockId: this.lockId,
      triple: this.table?.triple ?? { ownershipEpoch: this.ownershipEpoch, keyEpoch: 1, tableVersion: 0 },
      tableHash: this.table?.tableHash ?? null,
      tableState: this.table === undefined ? 'none' : 'active',
      courierNonce: random.bytes(NONCE_BYTES),
      cloudNonce: hex(cloudNonce),
      lockTimeS: 1_800_000_000,
      clockTrust: 'trusted',
      clockUncertaintyS: 1,
      bootCount: this.bootCount,
      batteryPercent: 88,
      firmware: 1,
      logSequence: this.logSequence,
      logHash: hashOf(engine, Uint8Array.of(this.logSequence)),
      ...change,
    };
    return encodeHex(signReceipt(engine, signer, receipt));
  }
}

const contentOf = (plain: readonly Uint8Array[]): TableContent => ({
  headBytes: headOfChunk(plain[0]!),
  rows: plain.slice(1).flatMap((chunk) => [...eachRow(rowsOfChunk(chunk))]),
});

/** Start, statement, finish, grant. */
export async function activate(client: Client, doorId: string, lock = new PaperLock()): Promise<PaperLock> {
  const start = await client.call('startActivation', { params: { doorId } });
  const statement = lock.state(start);
  const { answer } = await client.call('finishActivation', {
    params: { activationId: start.id },
    body: { statement, label: lock.label },
  });
  lock.accept(start, statement, answer);
  return lock;
}

/** A whole Door Sync: delivery, package, apply, receipt. */
export async function doorSync(client: Client, doorId: string, lock: PaperLock) {
  const delivery = await client.call('startDelivery', { params: { doorId } });
  lock.apply(await client.call('package', { params: { doorId } }));
  const receipt = lock.receipt(delivery.cloudNonce);
  const result = await client.call('postReceipt', { params: { doorId }, body: { receipt } });
  return { delivery, receipt, result };
}

const hex = (text: string): Uint8Array => decodeHex(text)!;

export function statementHash(statement: string): Hash {
  const parts = parseSign1(hex(statement), ACTIVATION_MAX_BYTES, 'activation-statement', new Uint8Array(0));
  return signedHash(engine, parts);
}
