// A lock in a scenario's hands: whole firmware, radio and clock, with people at its door. It keeps what the outside
// has seen, for nothing that was seen may be undone by a cut.
import { labelAdvertisingKey } from '#protocol/label.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { signGrant, verifyStatement } from '#protocol/signed/activation.ts';
import type { Receipt } from '#protocol/signed/receipt.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import type { PowerSupply } from '#lock-sim/flash/power-supply.ts';
import { MemorySecureStore } from '#lock-sim/secure-element/secure-element.ts';
import type { SecureContents } from '#lock-sim/secure-element/secure-contents.ts';
import { layOut } from '#lock-sim/storage/layout.ts';
import { anActivation } from '#test/builders/activation.ts';
import type { BuiltKeySet } from '#test/builders/key-set.ts';
import { secureContentsOf } from '#test/builders/running-lock.ts';
import type { BuiltSet } from '#test/builders/signed-set.ts';
import { HandCourier } from '#test/lock-sim/hand-courier.ts';
import { aBench, type Bench } from '#test/lock-sim/lock-bench.ts';
import { type Parts, type Setup, sizeOf } from './setup.ts';
import { keySetOf, LOCK } from './tables.ts';

export interface WorldOptions {
  /** Where left out, blank flash and a lock as it is born or activated. */
  readonly parts?: Parts;
  readonly engine?: CryptoEngine;
  readonly newSupply?: () => PowerSupply;
  /** Called with the parts before the first boot. */
  readonly watch?: (flash: FlashImage, secure: MemorySecureStore) => void;
}

const LABEL_KEY = labelAdvertisingKey(nodeEngine, LOCK.labelHash);
const GRANT_EPHEMERAL = new Uint8Array(32).fill(7);
/** More than any program or commit takes. */
const A_WHILE_MS = 500;

/** Blank flash; born, or activated without a table. */
export function bornParts(setup: Setup): Parts {
  const { activated = true } = setup;
  const layout = layOut(sizeOf(setup));
  const contents = secureContentsOf(LOCK, activated ? keySetOf(1) : undefined);
  return { image: new FlashImage(layout.geometry), contents, layout };
}

export class World {
  readonly bench: Bench;
  /** Door openings that somebody has seen. */
  opens = 0;
  /** Single-use codes that have opened. */
  readonly used: string[] = [];
  /** Wrong codes that were answered since a right one. */
  guesses = 0;
  /** Called whenever something was done at the lock and has come to its end. */
  onDone: () => void = () => undefined;
  readonly #couriers: HandCourier[] = [];

  private constructor(bench: Bench) {
    this.bench = bench;
  }

  static async of(setup: Setup, options: WorldOptions = {}): Promise<World> {
    const { capacityChunks, ...size } = sizeOf(setup);
    const parts = options.parts ?? bornParts(setup);
    const flash = parts.image.snapshot();
    const secure = new MemorySecureStore(parts.contents);
    options.watch?.(flash, secure);
    const { engine, newSupply } = options;
    const bench = await aBench({
      built: LOCK,
      keySet: keySetOf(1),
      capacityChunks,
      size,
      flash,
      secure,
      ...(engine && { engine }),
      ...(newSupply && { newSupply }),
    });
    return new World(bench);
  }

  get contents(): SecureContents {
    return this.bench.secure.load();
  }

  /** What a cut now would leave. */
  parts(): Parts {
    return { image: this.bench.image(), contents: this.contents, layout: this.bench.layout };
  }

  /** Every receipt that was heard, its signature checked, in the order of couriers. */
  receipts(): Receipt[] {
    return this.#couriers.flatMap((courier) => courier.receipts);
  }

  /** Messages heard so far, of any kind: where it is the same, so is all that was heard. */
  heard(): number {
    return this.#couriers.reduce((sum, { link }) => sum + link.heard.length, 0);
  }

  /** Connected and greeted, under the key by which the cloud knows the lock now. */
  courier(options: { mtu?: number } = {}): HandCourier {
    const key = this.contents.lockSecrets === null ? LABEL_KEY : LOCK.secrets.advertisingKey;
    const courier = HandCourier.greeted(this.bench, { ...options, key });
    this.#couriers.push(courier);
    return courier;
  }

  sync(set: BuiltSet): Receipt | undefined {
    const courier = this.courier();
    const receipt = courier.deliver(set);
    courier.leave();
    return receipt;
  }

  /** Frames of some chunks, and then the courier is gone. */
  syncPartly(set: BuiltSet, chunks: readonly number[]): void {
    const courier = this.courier();
    courier.offer(set);
    this.wait(1);
    for (const index of chunks) courier.chunk(index);
    this.wait();
    courier.leave();
  }

  offer(set: BuiltSet): HandCourier {
    const courier = this.courier();
    courier.offer(set);
    this.wait();
    return courier;
  }

  /** One after another, on one connection. */
  rotate(...keySets: readonly BuiltKeySet[]): void {
    const courier = this.courier();
    for (const { bytes } of keySets) courier.say(MESSAGE.keySet, bytes);
    this.wait(1);
    courier.leave();
  }

  activate(keySet = keySetOf(1), ownershipEpoch = 1): void {
    this.bench.lock.pressButton();
    const courier = this.courier();
    courier.say(MESSAGE.keySet, keySet.bytes);
    courier.say(MESSAGE.activate, anActivation({ lock: LOCK, keySet, ownershipEpoch }).requestBytes);
    const [statement] = courier.bodies(MESSAGE.statement);
    if (statement === undefined) return;
    const verified = verifyStatement(nodeEngine, statement, LOCK.labelHash);
    courier.say(MESSAGE.grant, signGrant(nodeEngine, keySet.table, GRANT_EPHEMERAL, verified, LOCK.secrets));
    this.wait(1);
    courier.leave();
  }

  /** True where the door opened. */
  press(code: string): boolean {
    const decision = this.bench.lock.press(code);
    const isOpen = decision?.outcome === 'open';
    if (isOpen) this.opens++;
    if (isOpen && decision.credential.kind === 'dailySingleUse') this.used.push(code);
    if (isOpen) this.guesses = 0;
    else if (decision?.isGuess === true) this.guesses++;
    this.onDone();
    return isOpen;
  }

  /** The button, held. */
  reset(): void {
    this.bench.lock.reset();
    this.onDone();
  }

  /** Stands at the door until the keypad takes codes again. */
  serveLockout(): void {
    const waitS = this.bench.lock.firmware?.storage.settings.values.lockoutWaitS ?? 0;
    if (waitS > 0) this.wait((waitS + 1) * 1000);
  }

  reboot(): void {
    this.bench.lock.cutPower();
    this.bench.lock.restorePower();
    this.wait(1);
  }

  wait(forMs = A_WHILE_MS): void {
    this.bench.clock.advance(forMs);
    this.onDone();
  }
}
