// The whole firmware as the sequences drive it: each deed through the radio or by a hand at the door, and what it said.
// The flash under it can be kept and put back.
import { labelAdvertisingKey } from '#protocol/label.ts';
import { decodeEvent } from '#protocol/log/event-fields.ts';
import { EVENT_TYPES } from '#protocol/log/event-types.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import type { HelloAnswer } from '#protocol/sync/messages.ts';
import type { Decision } from '#lock-sim/access/decision.ts';
import type { Presented as PresentedBytes } from '#lock-sim/access/attempt.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import type { FlashStore } from '#lock-sim/flash/flash-store.ts';
import type { Profile } from '#lock-sim/mechanics/profile.ts';
import type { EventRow } from '#lock-sim/storage/event-row.ts';
import { layOut } from '#lock-sim/storage/layout.ts';
import { HandCourier } from '#test/lock-sim/hand-courier.ts';
import { aBench, type Bench } from '#test/lock-sim/lock-bench.ts';
import { cardBytes, dailyCode, keySet, LOCK, phoneKey } from './cloud.ts';
import { spell } from './plain/owner.ts';
import type { Presented } from './plain/table.ts';

const CAPACITY_CHUNKS = 4;
const LABEL_KEY = labelAdvertisingKey(nodeEngine, LOCK.labelHash);

/** Cells that a hand can take out and put others in. */
class Socket implements FlashStore {
  image = new FlashImage(layOut({ capacityChunks: CAPACITY_CHUNKS }).geometry);
  get geometry() {
    return this.image.geometry;
  }
  read(address: number, into: Uint8Array): void {
    this.image.read(address, into);
  }
  write(address: number, bytes: Uint8Array): void {
    this.image.write(address, bytes);
  }
  clear(sector: number): void {
    this.image.clear(sector);
  }
  eraseCount(sector: number): number {
    return this.image.eraseCount(sector);
  }
  setEraseCount(sector: number, count: number): void {
    this.image.setEraseCount(sector, count);
  }
  unstableSeed(sector: number): number {
    return this.image.unstableSeed(sector);
  }
  setUnstableSeed(sector: number, seed: number): void {
    this.image.setUnstableSeed(sector, seed);
  }
  close(): void {
    this.image.close();
  }
}

export class RealLock {
  readonly bench: Bench;
  readonly #socket: Socket;
  #seenSequence = 0;
  #offers = 0;

  private constructor(bench: Bench, socket: Socket) {
    this.bench = bench;
    this.#socket = socket;
  }

  static async activated(profile: Profile): Promise<RealLock> {
    const socket = new Socket();
    const capacityChunks = CAPACITY_CHUNKS;
    const bench = await aBench({ built: LOCK, keySet: keySet(1), capacityChunks, flash: socket, profile });
    return new RealLock(bench, socket);
  }

  get trueMs(): number {
    return this.bench.clock.nowMs();
  }

  get monotonicMs(): number {
    return this.bench.clock.monotonicMs();
  }

  /** Undefined where nothing came of it. */
  present(what: Presented): Decision | undefined {
    const { lock } = this.bench;
    switch (what.by) {
      case 'code':
        return lock.press(what.digits);
      case 'daily':
        return lock.press(dailyCode(what.epoch, what.day, what.slot));
      case 'card':
        return lock.hands.tap(cardBytes(what.name));
      case 'phone':
        return lock.hands.appUnlock(phoneKey(what.name));
    }
  }

  explain(what: Presented): Decision | undefined {
    return this.bench.lock.firmware?.access.explain(bytesOf(what));
  }

  /** A connection, greeted by who holds the key that the lock goes by now. */
  greeted(isActivated: boolean): HandCourier {
    return HandCourier.greeted(this.bench, isActivated ? {} : { key: LABEL_KEY });
  }

  /** Offers are numbered by whoever makes them. */
  nextOfferId(): number {
    this.#offers = (this.#offers % 200) + 1;
    return this.#offers;
  }

  hello(isActivated: boolean): HelloAnswer | undefined {
    const courier = this.greeted(isActivated);
    const answer = courier.helloAnswer;
    courier.leave();
    return answer;
  }

  keepFlash(): FlashImage {
    return this.#socket.image.snapshot();
  }

  /** While the power is off. */
  putFlash(image: FlashImage): void {
    this.#socket.image = image.snapshot();
  }

  /** Rows since this was asked last, in order. */
  newRows(): EventRow[] {
    const { firmware } = this.bench.lock;
    const rows = firmware === undefined ? [] : [...firmware.storage.events.read(this.#seenSequence + 1)];
    this.#seenSequence = rows.at(-1)?.sequence ?? this.#seenSequence;
    return rows;
  }

  get seenSequence(): number {
    return this.#seenSequence;
  }

  /** Of the settings: what the lock keeps of the time. */
  get clockFloor(): { readonly floorS: number; readonly floorKeySet: number } {
    const { values } = this.bench.lock.firmware!.storage.settings;
    return { floorS: values.clockFloorS, floorKeySet: values.clockFloorKeyEpoch };
  }

  /** Of the settings: what the lock keeps of a clock that was seen to jump. */
  get clockJump(): { readonly hasJumped: boolean; readonly isJumpKept: boolean } {
    const hasJumped = this.bench.lock.firmware!.storage.settings.values.clockJumped !== 0;
    return { hasJumped, isJumpKept: hasJumped };
  }

  /** Of the settings: which single-use codes it takes for used. */
  get burned() {
    const { values } = this.bench.lock.firmware!.storage.settings;
    const { burnedOwnership: ownershipEpoch, burnedEpoch: epoch, burnedDay, burnedSlots } = values;
    const has = (slot: number): boolean => ((burnedSlots[slot >> 3] ?? 0) & (1 << (slot & 7))) !== 0;
    return { ownershipEpoch, epoch, day: burnedDay === 0xffff_ffff ? ('unknown' as const) : burnedDay, has };
  }

  get bootCount(): number {
    return this.bench.lock.firmware!.storage.settings.values.bootCount;
  }
}

/** The last thing that a courier heard: a receipt, a refusal, or nothing. */
export function lastSaid(courier: HandCourier): string | undefined {
  const last = courier.link.heard.filter(({ type }) => type === 69 || type === 70).at(-1);
  if (last === undefined) return undefined;
  return last.type === 69 ? 'receipt' : courier.refusals.at(-1);
}

function bytesOf(what: Presented): PresentedBytes {
  switch (what.by) {
    case 'code':
      return { kind: 'code', digits: what.digits };
    case 'daily':
      return { kind: 'code', digits: dailyCode(what.epoch, what.day, what.slot) };
    case 'card':
      return { kind: 'card', cardBytes: cardBytes(what.name) };
    case 'phone':
      return { kind: 'phone', phoneKey: phoneKey(what.name) };
  }
}

/** Undefined for rows that the model says nothing of: what moves, the cells, the clock. */
export function tell({ type, data }: EventRow): string | undefined {
  const event = decodeEvent(EVENT_TYPES[type], data);
  switch (event?.type) {
    case 'opened':
    case 'refused':
      return `${event.type} ${event.reason} ${event.credential} ${event.credentialId} v${event.tableVersion}`;
    case 'tableCommitted':
    case 'booted':
      return `${event.type} ${spell(event.triple)}`;
    case 'alarm':
      return `alarm ${event.code} ${spell(event.triple)}`;
    case 'lockedOut':
      return `lockedOut ${event.failures} ${event.seconds}`;
    case 'deactivated':
    case 'released':
    case 'reset':
      return `${event.type} ${event.ownershipEpoch}`;
    case 'keySetAdopted':
      return `keySetAdopted ${event.number}`;
    case 'gap':
    case 'flashReplaced':
    case 'activated':
    case 'lockoutEnded':
    case 'privacyThrown':
    case 'privacyReleased':
      return event.type;
    default:
      return undefined;
  }
}
