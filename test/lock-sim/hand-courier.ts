// A courier that does as it is told: greets, offers, sends the frames that a test names, in whatever order. It has
// no deadlines and no judgement of its own.
import { invariant } from '#protocol/errors.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import type { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { FirmwarePackage } from '#protocol/signed/firmware.ts';
import type { ChunkSizes } from '#protocol/signed/manifest.ts';
import { verifyReceipt, type Receipt } from '#protocol/signed/receipt.ts';
import type { Package } from '#protocol/table/package.ts';
import { getBit } from '#protocol/bitmap.ts';
import { FragmentWriter } from '#protocol/sync/fragments.ts';
import {
  decodeAck,
  encodeFrame,
  frameBytesFor,
  frameCount,
  framesPerChunk,
  type Ack,
} from '#protocol/sync/frames.ts';
import { decodeFirmwareAnswer, type FirmwareAnswer } from '#protocol/sync/firmware-messages.ts';
import { LOCK_STATUS, SYNC_CONTROL, SYNC_DATA } from '#protocol/sync/gatt.ts';
import { decodeLockStatus, type LockStatus } from '#protocol/sync/lock-status.ts';
import {
  decodeHelloAnswer,
  decodeOfferAnswer,
  decodeRefusal,
  encodeHello,
  encodeOffer,
  helloMac,
  MESSAGE,
  type HelloAnswer,
} from '#protocol/sync/messages.ts';
import { decodeProgress, type Progress } from '#protocol/sync/progress.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import type { BuiltLock } from '#test/builders/lock.ts';
import type { HandLink, HandRadio } from './hand-radio.ts';

export interface CourierParts {
  readonly radio: HandRadio;
  readonly clock: VirtualClock;
  readonly built: BuiltLock;
}

export class HandCourier {
  readonly link: HandLink;
  readonly #parts: CourierParts;
  readonly #writer = new FragmentWriter();
  #offered:
    | {
        readonly set: Pick<Package, 'chunks'> & { readonly manifest: ChunkSizes };
        readonly offerId: number;
        readonly frameBytes: number;
      }
    | undefined;

  constructor(parts: CourierParts, mtu?: number) {
    this.#parts = parts;
    this.link = parts.radio.connect(mtu);
  }

  /** Connected, subscribed, and greeted under the lock's advertising key or the one given. */
  static greeted(parts: CourierParts, options: { mtu?: number; key?: Uint8Array } = {}): HandCourier {
    const courier = new HandCourier(parts, options.mtu);
    courier.link.subscribe();
    courier.greet(options.key);
    return courier;
  }

  get status(): LockStatus {
    const value = this.link.read(LOCK_STATUS);
    invariant(typeof value !== 'number', 'lock-status is read');
    return decodeLockStatus(value);
  }

  say(type: number, body: Uint8Array): void {
    for (const fragment of this.#writer.write({ type, body }, this.link.mtu - 3)) {
      this.link.write(SYNC_CONTROL, fragment);
    }
  }

  /** All of a message but its last fragment. */
  begin(type: number, body: Uint8Array): void {
    const fragments = this.#writer.write({ type, body }, this.link.mtu - 3);
    for (const fragment of fragments.slice(0, -1)) this.link.write(SYNC_CONTROL, fragment);
  }

  greet(key = this.#parts.built.secrets.advertisingKey): void {
    const nonces = {
      courierNonce: new Uint8Array(16).fill(this.link.epoch),
      cloudNonce: new Uint8Array(16).fill(9),
    };
    const mac = helloMac(nodeEngine, key, 'connection', this.status.connectionNonce, nonces);
    this.say(MESSAGE.hello, encodeHello({ version: 1, ...nonces, boundTo: 'connection', mac }));
  }

  offer(set: Package, over: { offerId?: number; frameBytes?: number } = {}): void {
    const { offerId = 1, frameBytes = frameBytesFor(this.link.mtu) } = over;
    this.#offered = { set, offerId, frameBytes };
    this.say(MESSAGE.offer, encodeOffer({ offerId, frameBytes, manifestBytes: set.manifestBytes }));
  }

  offerImage(image: FirmwarePackage, over: { offerId?: number } = {}): void {
    const { offerId = 1 } = over;
    const frameBytes = frameBytesFor(this.link.mtu);
    this.#offered = { set: image, offerId, frameBytes };
    this.say(MESSAGE.firmwareOffer, encodeOffer({ offerId, frameBytes, manifestBytes: image.manifestBytes }));
  }

  /** Of what was offered last; `spoil` changes the payload. */
  frame(number: number, spoil = (payload: Uint8Array): Uint8Array => payload): void {
    invariant(this.#offered, 'a frame belongs to an offer');
    const { set, offerId, frameBytes } = this.#offered;
    const perChunk = framesPerChunk(frameBytes);
    const at = (number % perChunk) * frameBytes;
    const payload = set.chunks[Math.floor(number / perChunk)]?.slice(at, at + frameBytes);
    invariant(payload, `frame ${number} exists`);
    this.link.write(SYNC_DATA, encodeFrame({ offerId, number, payload: spoil(payload) }));
  }

  /** All frames of one chunk. */
  chunk(index: number): void {
    invariant(this.#offered, 'a chunk belongs to an offer');
    const { set, frameBytes } = this.#offered;
    const perChunk = framesPerChunk(frameBytes);
    const end = Math.min((index + 1) * perChunk, frameCount(set.manifest, frameBytes));
    for (let number = index * perChunk; number < end; number++) this.frame(number);
  }

  /** Offers, sends what is missing, and gives the flash its time after every chunk. Undefined where it broke off. */
  deliver(set: Package, offerId = 1): Receipt | undefined {
    const before = this.receipts.length;
    this.offer(set, { offerId });
    this.#parts.clock.advance(1);
    const have = this.progress?.have;
    for (let index = 0; have !== undefined && index < set.chunks.length; index++) {
      if (getBit(have, index)) continue;
      this.chunk(index);
      this.#parts.clock.advance(FLASH_TIME_MS);
    }
    this.#parts.clock.advance(FLASH_TIME_MS);
    return this.receipts[before];
  }

  /** As `deliver`, for an image. */
  deliverImage(image: FirmwarePackage, offerId = 1): FirmwareAnswer | undefined {
    const before = this.firmwareAnswers.length;
    const answers = this.bodies(MESSAGE.offerAnswer).length;
    this.offerImage(image, { offerId });
    this.#parts.clock.advance(1);
    const isTaken = this.bodies(MESSAGE.offerAnswer).length > answers;
    const have = isTaken ? this.progress?.have : undefined;
    for (let index = 0; have !== undefined && index < image.chunks.length; index++) {
      if (getBit(have, index)) continue;
      this.chunk(index);
      this.#parts.clock.advance(1);
    }
    this.#parts.clock.advance(1);
    return this.firmwareAnswers[before];
  }

  get firmwareAnswers(): FirmwareAnswer[] {
    return this.bodies(MESSAGE.firmwareAnswer).map(decodeFirmwareAnswer);
  }

  leave(): void {
    this.link.disconnect();
    this.#parts.clock.advance(1);
  }

  get helloAnswer(): HelloAnswer | undefined {
    return this.bodies(MESSAGE.helloAnswer).map(decodeHelloAnswer).at(-1);
  }

  /** As the last answer to an offer gave it. */
  get progress(): Progress | undefined {
    const answer = this.bodies(MESSAGE.offerAnswer).map(decodeOfferAnswer).at(-1);
    return answer && decodeProgress(answer.progress);
  }

  get refusals(): RefusalCode[] {
    return this.bodies(MESSAGE.refusal).map((body) => decodeRefusal(body).code);
  }

  get acks(): Ack[] {
    return this.bodies(MESSAGE.ack).map(decodeAck);
  }

  /** Each with its signature checked. */
  get receipts(): Receipt[] {
    const { lockId, identity } = this.#parts.built;
    return this.bodies(MESSAGE.receipt).map((body) =>
      verifyReceipt(nodeEngine, body, lockId, identity.publicKey),
    );
  }

  bodies(type: number): Uint8Array[] {
    return this.link.heard.filter((message) => message.type === type).map(({ body }) => body);
  }
}

/** More than a chunk or a commit takes on a typical part. */
const FLASH_TIME_MS = 500;
