// A lock for couriers to talk to, written for these tests alone from the wire format: it shares no code with the
// simulated lock. What it is told to do wrong, it does.
import { encodeHex } from '#protocol/bytes.ts';
import type { Hash } from '#protocol/ids.ts';
import { labelAdvertisingKey } from '#protocol/label.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { activationReceiptNonce } from '#protocol/signed/activation.ts';
import { verifyDeactivation } from '#protocol/signed/deactivation.ts';
import { readKeySet } from '#protocol/signed/key-set.ts';
import { parseManifest } from '#protocol/signed/manifest.ts';
import { signReceipt } from '#protocol/signed/receipt.ts';
import { makeAdvert, nonceOfAdvert } from '#protocol/sync/advert.ts';
import type { ControlMessage } from '#protocol/sync/fragments.ts';
import { decodeFrame } from '#protocol/sync/frames.ts';
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
import { encodeProgress } from '#protocol/sync/progress.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { compareTriples, type Triple } from '#protocol/triple.ts';
import type { BuiltLock } from '#test/builders/lock.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { Binding } from './model-binding.ts';
import { ModelUpkeep } from './model-upkeep.ts';
import { Reception, type Misbehaviour, type Stage } from './model-reception.ts';

export interface Faults {
  /** Whether this chunk is found bad as it becomes whole. */
  readonly isBadChunk?: (index: number) => boolean;
  /** Refuse every offer so. */
  readonly refuseOffers?: RefusalCode;
  /** Refuse every delta so, whatever its base. */
  readonly refuseDeltas?: RefusalCode;
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
  readonly misbehaviour: Misbehaviour = { duplicates: 0, outOfBounds: [] };
  readonly receipts: Uint8Array[] = [];
  /** Time and event log. */
  readonly upkeep: ModelUpkeep;
  #stage: Stage | undefined;
  #reception: Reception | undefined;
  #nonce = new Uint8Array(8);
  #hello: Hello | undefined;
  #connections = 0;
  #keySetsTaken = 0;
  /** Before activation the label's key is its advertising key. */
  isActivated = true;
  windowOpen = true;
  #binding: Binding;
  #advertisingKey: Uint8Array;

  constructor(built: BuiltLock, faults: Faults = {}) {
    this.built = built;
    this.faults = faults;
    this.upkeep = new ModelUpkeep(built, aKeySet());
    this.#binding = new Binding(built);
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
    this.#binding = new Binding(this.built);
  }

  reboot(): void {
    this.boots++;
    this.#reception = undefined;
  }

  statusReads = 0;
  logPending = false;

  advert(): Uint8Array {
    const tableVersion = this.active?.triple.tableVersion ?? 0;
    const state = {
      tableVersion,
      logPending: this.logPending,
      batteryLow: false,
      notActivated: !this.isActivated,
    };
    return makeAdvert(nodeEngine, this.#advertisingKey, Uint8Array.of(1, 2, 3, 4), state);
  }

  status(): Uint8Array {
    this.statusReads++;
    const reception = this.#reception;
    return encodeLockStatus({
      gattVersion: this.gattVersion,
      advert: this.advert(),
      connectionNonce: this.#nonce,
      transfer: reception && { offerId: reception.offerId, progress: reception.progress() },
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
      case MESSAGE.deactivate:
        return this.#takeDeactivation(message.body);
      default:
        return this.upkeep.hear(message) ?? [refusal('UNKNOWN_MESSAGE', message.type)];
    }
  }

  hearFrame(value: Uint8Array): ControlMessage[] {
    this.framesHeard++;
    const frame = decodeFrame(value);
    const reception = this.#reception;
    if (reception?.offerId !== frame.offerId) return [];
    const heard = reception.hear(frame, (index) => this.faults.isBadChunk?.(index) === true);
    if (heard === 'whole-set') return this.#commit(reception.stage);
    return heard === 'nothing' ? [] : [{ type: MESSAGE.ack, body: heard.ack }];
  }

  #greet(hello: Hello): ControlMessage[] {
    const { boundTo } = hello;
    const nonce = boundTo === 'advert' ? nonceOfAdvert(this.advert()) : this.#nonce;
    const mac = helloMac(nodeEngine, this.#advertisingKey, boundTo, nonce, hello);
    if (!mac.every((byte, i) => byte === hello.mac[i])) return [refusal('WRONG_MAC', MESSAGE.hello)];
    this.#hello = hello;
    const body = encodeHelloAnswer({
      version: 1,
      activated: this.isActivated,
      tableState: this.active === undefined ? 'none' : 'active',
      triple: this.active?.triple ?? this.#noTable(),
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
    const keySetNumber = this.#binding.propose(body);
    return [{ type: MESSAGE.keySetAnswer, body: encodeKeySetAnswer({ keySetNumber }) }];
  }

  #state(body: Uint8Array): ControlMessage[] {
    if (this.isActivated) return [refusal('ALREADY_ACTIVATED', MESSAGE.activate)];
    return [{ type: MESSAGE.statement, body: this.#binding.state(body) }];
  }

  #takeGrant(body: Uint8Array): ControlMessage[] {
    const opened = this.#binding.open(body);
    if (opened === undefined) return [refusal('NOT_ACTIVATED', MESSAGE.grant)];
    this.isActivated = true;
    this.keySetNumber = opened.keySetNumber;
    this.#advertisingKey = opened.secrets.advertisingKey;
    this.onChanged();
    return [this.#receipt(activationReceiptNonce(opened.statementHash))];
  }

  /** Deactivations that it was given, those again that it had done before included. */
  deactivations = 0;

  #takeDeactivation(body: Uint8Array): ControlMessage[] {
    if (this.#hello === undefined) return [refusal('NOT_GREETED', MESSAGE.deactivate)];
    this.deactivations++;
    const { table } = aKeySet({ number: this.keySetNumber });
    const { ownershipEpoch } = verifyDeactivation(nodeEngine, body, this.built.lockId, table.publicKey);
    if (this.isActivated && ownershipEpoch <= this.ownershipEpoch)
      return [refusal('WRONG_OWNERSHIP', MESSAGE.deactivate)];
    if (!this.isActivated && ownershipEpoch !== this.ownershipEpoch)
      return [refusal('NOT_ACTIVATED', MESSAGE.deactivate)];
    const isNews = this.isActivated;
    this.isActivated = false;
    this.ownershipEpoch = ownershipEpoch;
    this.active = undefined;
    this.#advertisingKey = labelAdvertisingKey(nodeEngine, this.built.labelHash);
    if (isNews) this.onChanged();
    return [this.#receipt()];
  }

  ownershipEpoch = 1;

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
    if (manifest.baseHash !== null) {
      const { refuseDeltas } = this.faults;
      const ofType = refuseDeltas === 'TABLE_MISMATCH' ? 0 : MESSAGE.offer;
      if (refuseDeltas !== undefined) return [refusal(refuseDeltas, ofType)];
      if (encodeHex(manifest.baseHash) !== encodeHex(this.active?.tableHash ?? new Uint8Array(0)))
        return [refusal('WRONG_BASE', MESSAGE.offer)];
    }
    const isSame = this.#stage?.manifestBytes.join() === manifestBytes.join();
    const stage = isSame && this.#stage ? this.#stage : { manifest, manifestBytes, have: new Set<number>() };
    const kept = isSame && this.#reception?.frameBytes === frameBytes ? this.#reception : undefined;
    this.#stage = stage;
    this.#reception = kept ?? new Reception(stage, frameBytes, this.misbehaviour);
    this.#reception.offered(offerId);
    const progress = encodeProgress(this.#reception.progress());
    const answer = encodeOfferAnswer({ offerId, status: 'send', progress });
    return [{ type: MESSAGE.offerAnswer, body: answer }];
  }

  #commit(stage: Stage): ControlMessage[] {
    this.active = { triple: stage.manifest.triple, tableHash: stage.manifest.tableHash };
    this.#stage = undefined;
    this.#reception = undefined;
    this.onChanged();
    return [this.#receipt()];
  }

  #noTable(): Triple {
    const keyEpoch = this.isActivated ? this.keySetNumber : 0;
    return { ownershipEpoch: this.ownershipEpoch, keyEpoch, tableVersion: 0 };
  }

  #receipt(cloudNonce = this.#hello!.cloudNonce): ControlMessage {
    const receipt = signReceipt(nodeEngine, this.built.identity, {
      format: 1,
      lockId: this.built.lockId,
      triple: this.active?.triple ?? this.#noTable(),
      tableHash: this.active?.tableHash ?? null,
      tableState: this.active === undefined ? 'none' : 'active',
      courierNonce: this.#hello!.courierNonce,
      cloudNonce,
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
}

function refusal(code: RefusalCode, ofType: number): ControlMessage {
  return { type: MESSAGE.refusal, body: encodeRefusal({ code, ofType, detail: 'says the model' }) };
}
