// A lock for couriers to talk to, written for these tests alone from the wire format: it shares no code with the
// simulated lock. Its flash is a set of chunk numbers; what it is told to do wrong, it does.
import { concat } from '#protocol/bytes.ts';
import { bitmapBytes, getBit, setBit } from '#protocol/bitmap.ts';
import type { Hash } from '#protocol/ids.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { labelAdvertisingKey } from '#protocol/label.ts';
import {
  decodeActivationRequest,
  openGrant,
  signStatement,
  verifyStatement,
  type ActivationRequest,
} from '#protocol/signed/activation.ts';
import { keySetHash, readKeySet, type KeySet } from '#protocol/signed/key-set.ts';
import { chunkDigest, parseManifest, sealedChunkBytes, type Manifest } from '#protocol/signed/manifest.ts';
import { signReceipt } from '#protocol/signed/receipt.ts';
import type { ControlMessage } from '#protocol/sync/fragments.ts';
import { decodeFrame, encodeAck, frameCount, framesOfChunk, framesPerChunk } from '#protocol/sync/frames.ts';
import { makeAdvert } from '#protocol/sync/advert.ts';
import { encodeLockStatus } from '#protocol/sync/lock-status.ts';
import {
  decodeHello,
  decodeOffer,
  encodeHelloAnswer,
  encodeKeySetAnswer,
  encodeOfferAnswer,
  encodeRefusal,
  helloMac,
  MESSAGE,
  type Hello,
} from '#protocol/sync/messages.ts';
import { encodeProgress, type Progress } from '#protocol/sync/progress.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { compareTriples, type Triple } from '#protocol/triple.ts';
import type { BuiltLock } from '#test/builders/lock.ts';

interface Stage {
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  /** In flash: kept over boots. */
  readonly have: Set<number>;
}

interface Receiving {
  readonly offerId: number;
  readonly frameBytes: number;
  /** Frame numbers in memory: gone at a boot. */
  readonly frames: Set<number>;
  readonly buffers: Map<number, Uint8Array>;
  sinceAck: number;
}

export interface Faults {
  /** Whether this chunk is found bad as it becomes whole. */
  readonly isBadChunk?: (index: number) => boolean;
  /** Refuse every offer so. */
  readonly refuseOffers?: RefusalCode;
}

export class ModelLock {
  readonly built: BuiltLock;
  readonly faults: Faults;
  gattVersion = 1;
  keySetNumber = 1;
  active: { readonly triple: Triple; readonly tableHash: Hash } | undefined;
  boots = 1;
  /** Frames that arrived, duplicates included. */
  framesHeard = 0;
  /** Frames that it had already. */
  duplicates = 0;
  /** Frames at or beyond the limit, for which the lock has no room. */
  readonly outOfBounds: number[] = [];
  readonly receipts: Uint8Array[] = [];
  #stage: Stage | undefined;
  #receiving: Receiving | undefined;
  #nonce = new Uint8Array(8);
  #hello: Hello | undefined;
  #connections = 0;
  #keySetsTaken = 0;
  /** Before activation the label's key is its advertising key. */
  isActivated = true;
  windowOpen = true;
  #proposed: { readonly keySet: KeySet; readonly hash: Hash } | undefined;
  #asked: { readonly request: ActivationRequest; readonly statementHash: Hash } | undefined;
  #advertisingKey: Uint8Array;

  constructor(built: BuiltLock, faults: Faults = {}) {
    this.built = built;
    this.faults = faults;
    this.#advertisingKey = built.secrets.advertisingKey;
  }

  /** As it leaves the factory. */
  static unowned(built: BuiltLock): ModelLock {
    const lock = new ModelLock(built);
    lock.isActivated = false;
    lock.keySetNumber = 0;
    lock.#advertisingKey = labelAdvertisingKey(nodeEngine, built.labelHash);
    return lock;
  }

  connect(): void {
    this.#connections++;
    this.#keySetsTaken = 0;
    this.#nonce = Uint8Array.of(0, 0, 0, 0, 0, 0, this.#connections >> 8, this.#connections);
    this.#hello = undefined;
  }

  reboot(): void {
    this.boots++;
    this.#receiving = undefined;
  }

  advert(): Uint8Array {
    const tableVersion = this.active?.triple.tableVersion ?? 0;
    const state = { tableVersion, logPending: false, batteryLow: false, notActivated: !this.isActivated };
    return makeAdvert(nodeEngine, this.#advertisingKey, Uint8Array.of(1, 2, 3, 4), state);
  }

  status(): Uint8Array {
    const receiving = this.#receiving;
    return encodeLockStatus({
      gattVersion: this.gattVersion,
      advert: this.advert(),
      connectionNonce: this.#nonce,
      transfer:
        receiving === undefined
          ? undefined
          : { offerId: receiving.offerId, progress: this.#progress(receiving) },
    });
  }

  hear(message: ControlMessage): ControlMessage[] {
    switch (message.type) {
      case MESSAGE.hello:
        return this.#greet(decodeHello(message.body));
      case MESSAGE.keySet:
        return this.isActivated
          ? this.#takeKeySet(readKeySet(message.body).number)
          : this.#propose(message.body);
      case MESSAGE.activate:
        return this.#state(message.body);
      case MESSAGE.grant:
        return this.#takeGrant(message.body);
      case MESSAGE.offer:
        return this.#takeOffer(message.body);
      default:
        return [refusal('UNKNOWN_MESSAGE', message.type)];
    }
  }

  hearFrame(value: Uint8Array): ControlMessage[] {
    this.framesHeard++;
    const { offerId, number, payload } = decodeFrame(value);
    const receiving = this.#receiving;
    const stage = this.#stage;
    if (receiving?.offerId !== offerId || stage === undefined) return [];
    if (number >= this.#limit()) {
      this.outOfBounds.push(number);
      return [];
    }
    const perChunk = framesPerChunk(receiving.frameBytes);
    const index = Math.floor(number / perChunk);
    if (this.#has(number)) {
      this.duplicates++;
      return this.#acknowledge(receiving);
    }
    receiving.frames.add(number);
    const buffer = receiving.buffers.get(index) ?? new Uint8Array(sealedChunkBytes(stage.manifest, index));
    receiving.buffers.set(index, buffer);
    buffer.set(payload, (number % perChunk) * receiving.frameBytes);
    const frames = framesOfChunk(stage.manifest, index, receiving.frameBytes);
    const isWhole = Array.from({ length: frames }, (_, i) => index * perChunk + i).every((n) =>
      receiving.frames.has(n),
    );
    if (!isWhole) return this.#acknowledge(receiving);
    receiving.buffers.delete(index);
    for (let i = 0; i < frames; i++) receiving.frames.delete(index * perChunk + i);
    if (this.faults.isBadChunk?.(index) === true) return [];
    const isSigned = nodeEngine
      .sha256(buffer)
      .every((byte, i) => byte === chunkDigest(stage.manifest, index)[i]);
    if (!isSigned) throw new Error(`the courier sent another chunk ${index} than the signed one`);
    stage.have.add(index);
    if (stage.have.size < stage.manifest.chunkCount) return [this.#ack(receiving)];
    return this.#commit(stage);
  }

  #greet(hello: Hello): ControlMessage[] {
    const mac = helloMac(nodeEngine, this.#advertisingKey, 'connection', this.#nonce, hello.courierNonce);
    if (!mac.every((byte, i) => byte === hello.mac[i])) return [refusal('WRONG_MAC', MESSAGE.hello)];
    this.#hello = hello;
    const body = encodeHelloAnswer({
      version: 1,
      activated: this.isActivated,
      tableState: this.active === undefined ? 'none' : 'active',
      triple: this.active?.triple ?? { ownershipEpoch: 1, keyEpoch: this.keySetNumber, tableVersion: 0 },
      keySetNumber: this.keySetNumber,
      tableHash: this.active?.tableHash ?? null,
      stageHash: null,
      firmware: this.built.firmware,
      capacityRows: this.built.capacityRows,
    });
    return [{ type: MESSAGE.helloAnswer, body }];
  }

  #takeKeySet(number: number): ControlMessage[] {
    if (this.#hello === undefined) return [refusal('NOT_GREETED', MESSAGE.keySet)];
    if (++this.#keySetsTaken > 16) return [refusal('TOO_MANY_KEY_SETS', MESSAGE.keySet)];
    if (number !== this.keySetNumber + 1) return [refusal('KEY_SET_OUT_OF_ORDER', MESSAGE.keySet)];
    this.keySetNumber = number;
    return [{ type: MESSAGE.keySetAnswer, body: encodeKeySetAnswer({ keySetNumber: number }) }];
  }

  #propose(body: Uint8Array): ControlMessage[] {
    if (!this.windowOpen) return [refusal('WINDOW_CLOSED', MESSAGE.keySet)];
    const keySet = readKeySet(body);
    this.#proposed = { keySet, hash: keySetHash(nodeEngine, body) };
    return [{ type: MESSAGE.keySetAnswer, body: encodeKeySetAnswer({ keySetNumber: keySet.number }) }];
  }

  #state(body: Uint8Array): ControlMessage[] {
    if (this.isActivated) return [refusal('ALREADY_ACTIVATED', MESSAGE.activate)];
    const request = decodeActivationRequest(body);
    const { identity, lockId, sealingKey, channelKey, capacityRows, firmware } = this.built;
    const identityKey = identity.publicKey;
    const statement = { ...request, lockId, identityKey, sealingKey, channelKey, capacityRows, firmware };
    const bytes = signStatement(nodeEngine, identity, statement);
    const { hash } = verifyStatement(nodeEngine, bytes, this.built.labelHash);
    this.#asked = { request, statementHash: hash };
    return [{ type: MESSAGE.statement, body: bytes }];
  }

  #takeGrant(body: Uint8Array): ControlMessage[] {
    if (this.#asked === undefined || this.#proposed === undefined)
      return [refusal('NOT_ACTIVATED', MESSAGE.grant)];
    const secrets = openGrant(nodeEngine, body, {
      lockId: this.built.lockId,
      statementHash: this.#asked.statementHash,
      tableKey: this.#proposed.keySet.tableKey,
      sealingSecret: this.built.sealingSecret,
    });
    this.isActivated = true;
    this.keySetNumber = this.#proposed.keySet.number;
    this.#advertisingKey = secrets.advertisingKey;
    this.onChanged();
    return [this.#receipt()];
  }

  /** Its advert is another from here on. */
  onChanged: () => void = () => {};

  #takeOffer(body: Uint8Array): ControlMessage[] {
    if (this.#hello === undefined) return [refusal('NOT_GREETED', MESSAGE.offer)];
    if (this.faults.refuseOffers !== undefined) return [refusal(this.faults.refuseOffers, MESSAGE.offer)];
    const { offerId, frameBytes, manifestBytes } = decodeOffer(body);
    const { manifest } = parseManifest(manifestBytes, this.built.lockId);
    if (manifest.triple.keyEpoch !== this.keySetNumber) return [refusal('KEY_EPOCH', MESSAGE.offer)];
    if (this.active !== undefined) {
      const order = compareTriples(manifest.triple, this.active.triple);
      if (order < 0) return [refusal('STALE', MESSAGE.offer)];
      if (order === 0) return [this.#receipt()];
    }
    const isSame =
      this.#stage !== undefined && concat(this.#stage.manifestBytes).join() === manifestBytes.join();
    if (!isSame) {
      this.#stage = { manifest, manifestBytes, have: new Set() };
      this.#receiving = undefined;
    }
    const kept = this.#receiving?.frameBytes === frameBytes ? this.#receiving : undefined;
    this.#receiving = {
      offerId,
      frameBytes,
      frames: kept?.frames ?? new Set(),
      buffers: kept?.buffers ?? new Map<number, Uint8Array>(),
      sinceAck: 0,
    };
    const answer = encodeOfferAnswer({
      offerId,
      status: 'send',
      progress: encodeProgress(this.#progress(this.#receiving)),
    });
    return [{ type: MESSAGE.offerAnswer, body: answer }];
  }

  #commit(stage: Stage): ControlMessage[] {
    this.active = { triple: stage.manifest.triple, tableHash: stage.manifest.tableHash };
    this.#stage = undefined;
    this.#receiving = undefined;
    this.onChanged();
    return [this.#receipt()];
  }

  #receipt(): ControlMessage {
    const receipt = signReceipt(nodeEngine, this.built.identity, {
      format: 1,
      lockId: this.built.lockId,
      triple: this.active?.triple ?? { ownershipEpoch: 1, keyEpoch: this.keySetNumber, tableVersion: 0 },
      tableHash: this.active?.tableHash ?? null,
      tableState: this.active === undefined ? 'none' : 'active',
      courierNonce: this.#hello!.courierNonce,
      cloudNonce: this.#hello!.cloudNonce,
      lockTimeS: 1_772_355_600,
      clockTrust: 'trusted',
      clockUncertaintyS: 0,
      bootCount: this.boots,
      batteryPercent: 80,
      firmware: 1,
      logSequence: this.receipts.length,
      logHash: new Uint8Array(32) as Hash,
    });
    this.receipts.push(receipt);
    return { type: MESSAGE.receipt, body: receipt };
  }

  #acknowledge(receiving: Receiving): ControlMessage[] {
    return ++receiving.sinceAck < 16 ? [] : [this.#ack(receiving)];
  }

  #ack(receiving: Receiving): ControlMessage {
    receiving.sinceAck = 0;
    const next = this.#next();
    const received = new Uint8Array(8);
    for (let i = 0; i < 64; i++) if (this.#has(next + 1 + i)) setBit(received, i);
    const body = encodeAck({ offerId: receiving.offerId, next, received, limit: this.#limit() });
    return { type: MESSAGE.ack, body };
  }

  #has(number: number): boolean {
    const { frameBytes, frames } = this.#receiving!;
    return frames.has(number) || this.#stage!.have.has(Math.floor(number / framesPerChunk(frameBytes)));
  }

  #next(): number {
    const end = frameCount(this.#stage!.manifest, this.#receiving!.frameBytes);
    let next = 0;
    while (next < end && this.#has(next)) next++;
    return next;
  }

  #limit(): number {
    const { manifest, have } = this.#stage!;
    const perChunk = framesPerChunk(this.#receiving!.frameBytes);
    const missing = Array.from({ length: manifest.chunkCount }, (_, i) => i).filter((i) => !have.has(i));
    const fifth = missing[4];
    const end = frameCount(manifest, this.#receiving!.frameBytes);
    return fifth === undefined ? end : Math.min(end, (fifth + 1) * perChunk);
  }

  #progress({ frameBytes, frames }: Receiving): Progress {
    const { manifest, have: inFlash } = this.#stage!;
    const perChunk = framesPerChunk(frameBytes);
    const have = new Uint8Array(bitmapBytes(manifest.chunkCount));
    for (const index of inFlash) setBit(have, index);
    const open = new Map<number, Uint8Array>();
    for (const number of frames) {
      const index = Math.floor(number / perChunk);
      const bits = open.get(index) ?? new Uint8Array(bitmapBytes(perChunk));
      if (!getBit(bits, number % perChunk)) setBit(bits, number % perChunk);
      open.set(index, bits);
    }
    return {
      chunkCount: manifest.chunkCount,
      framesPerChunk: perChunk,
      have,
      open: [...open].map(([index, bits]) => ({ index, frames: bits })),
    };
  }
}

function refusal(code: RefusalCode, ofType: number): ControlMessage {
  return { type: MESSAGE.refusal, body: encodeRefusal({ code, ofType, detail: 'says the model' }) };
}
