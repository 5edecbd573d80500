// The device: a power supply, flash and secure element that outlive it, a radio, and while there is power one
// boot of the firmware. Physical actions come in here; a power cut anywhere makes it go dark.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { invariant } from '#protocol/errors.ts';
import { formatLabel } from '#protocol/label.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import { lockServices } from '#protocol/sync/gatt.ts';
import type { Peripheral } from '#radio/ports/peripheral.ts';
import type { Decision, LockClock } from './access/decision.ts';
import { Advertiser } from './advertiser.ts';
import { DeviceRtc, MemoryRtcStore, type RtcStore } from './clock/device-rtc.ts';
import { manufacturedRtc } from './clock/rtc.ts';
import { DEFAULT_PROFILE, DoorHardware } from './door-hardware.ts';
import { Firmware, type LockModel } from './firmware.ts';
import type { FlashStore } from './flash/flash-store.ts';
import { NorFlash, type FlashCounts, type FlashTiming } from './flash/nor-flash.ts';
import { PowerCut, PowerSupply } from './flash/power-supply.ts';
import type { Tear } from './flash/tears.ts';
import { GattServer, type FirmwareReach } from './gatt-server.ts';
import { GuardedClock } from './guarded-clock.ts';
import { Hands } from './hands.ts';
import { liveProof } from './live-proof.ts';
import { lockReport, type LockReport } from './lock-report.ts';
import type { Profile } from './mechanics/profile.ts';
import { SecureElement, type SecureStore } from './secure-element/secure-element.ts';
import type { StorageLayout } from './storage/layout.ts';
import { StorageError } from './storage/storage-error.ts';

export interface LockParts {
  readonly peripheral: Peripheral;
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly flash: FlashStore;
  readonly secure: SecureStore;
  readonly layout: StorageLayout;
  readonly timing: FlashTiming;
  readonly model: LockModel;
  /** What hangs on the door; a motor deadbolt where it is left out. */
  readonly profile?: Profile;
  /** The clock part's memory; where it is left out, that of a lock made now. */
  readonly rtc?: RtcStore;
  /** In the place of the clock part, for those who want to say what time it is. */
  readonly lockClock?: () => LockClock;
  /** The supply of each time that power comes; where it is left out, one that nobody watches. */
  readonly newSupply?: () => PowerSupply;
}

export class Lock {
  readonly #parts: LockParts;
  readonly hardware: DoorHardware;
  readonly #rtc: DeviceRtc;
  /** How all others reach the firmware, and what deals with a power cut in their work. */
  readonly #reach: FirmwareReach;
  readonly #server: GattServer;
  #hands: Hands | undefined;
  #power: PowerSupply;
  #flash: NorFlash;
  #firmware: Firmware | undefined;
  #advertiser: Advertiser | undefined;
  #failure: StorageError | undefined;
  /** Called when the power goes: by a planned cut or by `cutPower`. */
  onPowerLost: () => void = NOBODY_WATCHES;

  /** For `openLock` only. */
  constructor(parts: LockParts) {
    this.#parts = parts;
    const { clock } = parts;
    this.hardware = new DoorHardware(parts.profile ?? DEFAULT_PROFILE, clock);
    this.#reach = { firmware: () => this.#firmware, guard: (work) => this.#guard(work) };
    this.#server = new GattServer(clock, this.hardware.battery, this.#reach);
    this.#rtc = new DeviceRtc(parts.rtc ?? new MemoryRtcStore(manufacturedRtc(clock.nowMs())), clock);
    this.#power = this.#newSupply();
    this.#flash = this.#newFlash();
  }

  /** What people at the door do. Made for the first of them: most locks stand idle. */
  get hands(): Hands {
    const { hardware } = this;
    const onChange = (): void => this.#advertiser?.refresh();
    this.#hands ??= new Hands({ ...this.#reach, hardware, onChange });
    return this.#hands;
  }

  /** Undefined while the power is off. */
  get firmware(): Firmware | undefined {
    return this.#firmware;
  }

  get isPowered(): boolean {
    return this.#firmware !== undefined;
  }

  /** What is printed on the lock; fixed for its life. */
  get label(): string {
    const { engine, secure } = this.#parts;
    const identityKey = engine.ed25519PublicKey(secure.load().identitySeed);
    return formatLabel(engine, engine.sha256(identityKey));
  }

  /** Durable operations since power came: what a planned cut counts in. */
  get flashOperations(): number {
    return this.#power.operations;
  }

  /** What the flash did since power came, and the time that it took. */
  get flashCounts(): FlashCounts {
    return this.#flash.counts;
  }

  report(): LockReport {
    const { layout, model } = this.#parts;
    return lockReport(this.#firmware, { layout, model, hardware: this.hardware });
  }

  /** A touch, digits, then the check key. Undefined where nothing came of it: no power, an empty battery. */
  press(digits: string): Decision | undefined {
    return this.#guard(() => this.#firmware?.door.pressCode(digits));
  }

  /** The button inside: lets a lock without an owner be activated for a minute. */
  pressButton(): void {
    this.#guard(() => this.#firmware?.openActivationWindow());
  }

  /** The button, held: wipes all access and keeps the owner. False where nothing was there to wipe, or no power. */
  reset(): boolean {
    return this.#guard(() => this.#firmware?.reset()) ?? false;
  }

  /** What hands and cold can do to the clock part; the firmware is not told. */
  get clockPart(): Pick<DeviceRtc, 'drift' | 'driftPpm' | 'lose' | 'forge'> {
    return this.#rtc;
  }

  /** The time as the lock has it; undefined without power. */
  time(): LockClock | undefined {
    return this.#guard(() => this.#firmware?.time());
  }

  /** For the network part in the same housing alone. Undefined without power or owner. */
  liveProof(nonce: Uint8Array): Uint8Array | undefined {
    const { engine, secure } = this.#parts;
    return this.#guard(() => this.#firmware && liveProof(engine, secure.load(), this.#firmware, nonce));
  }

  /** What storage failed with since this was last asked: nothing has come of what was done then. */
  takeFailure(): StorageError | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  /** The durable operation of that index, counted from now on, is torn and the lock goes dark. */
  planCut(index: number, tear: Tear): void {
    this.#power.cutAt(this.#power.operations + index, tear);
  }

  cutPower(): void {
    this.#power.cutNow();
    this.#goDark();
  }

  /** Boots. False where a cut planned for this boot struck again, or flash is worn out: the lock stays dark. */
  restorePower(cut?: { readonly index: number; readonly tear: Tear }): boolean {
    invariant(this.#firmware === undefined, 'the power was off');
    this.#power = this.#newSupply();
    if (cut !== undefined) this.#power.cutAt(cut.index, cut.tear);
    this.#flash = this.#newFlash();
    this.#guard(() => this.#boot());
    return this.isPowered;
  }

  async close(): Promise<void> {
    this.#advertiser?.stop();
    this.#advertiser = undefined;
    this.#firmware?.stop();
    this.#firmware = undefined;
    await this.#parts.peripheral.close();
  }

  /** For `openLock` only. */
  async open(): Promise<void> {
    await this.#parts.peripheral.open(lockServices, this.#server);
    this.#guard(() => this.#boot());
  }

  #boot(): void {
    const { peripheral, engine, clock, random, secure, layout, model, lockClock } = this.#parts;
    this.#rtc.powerBack();
    const guardedClock = new GuardedClock(clock, this.#reach.guard);
    const firmware = new Firmware({
      engine,
      clock: guardedClock,
      random,
      flash: this.#flash,
      secure: new SecureElement(secure, this.#power),
      layout,
      model,
      hardware: this.hardware,
      restart: () => this.#restart(),
      rtc: this.#rtc,
      lockClock,
      onShownChange: () => this.#advertiser?.refresh(),
      advert: () => {
        invariant(this.#advertiser, 'a booted lock advertises');
        return { bytes: this.#advertiser.advert, nonce: this.#advertiser.nonce };
      },
    });
    this.#firmware = firmware;
    this.#advertiser = new Advertiser({
      peripheral,
      engine,
      clock: guardedClock,
      random,
      stateNow: () => firmware.advertState(),
      onFailure: (error) => this.#parts.log.error('advert-failed', { reason: String(error) }),
    });
    this.#advertiser.refresh();
    const { repairs, settings } = firmware.bootReport;
    this.#parts.log.info('booted', { tableState: firmware.storage.tableState, settings, ...repairs });
  }

  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (error instanceof PowerCut) {
        this.#goDark();
        return undefined;
      }
      if (error instanceof StorageError) {
        this.#failure = error;
        this.#parts.log.error('storage-failed', { error: error.code, reason: error.message });
        return undefined;
      }
      throw error;
    }
  }

  #goDark(): void {
    if (this.#firmware === undefined && this.#advertiser === undefined) return;
    this.#endBoot();
    this.#silence();
  }

  /** The firmware begins anew by itself; the supply stays on. */
  #restart(): void {
    this.#endBoot();
    this.#guard(() => this.#boot());
    // A cut within the boot found nothing that could go dark.
    if (!this.isPowered) this.#silence();
  }

  #endBoot(): void {
    this.#advertiser?.stop();
    this.#advertiser = undefined;
    this.#firmware?.stop();
    this.#firmware = undefined;
    this.#server.dropLinks();
    // Last, and guarded: the file behind the clock part may be on a full disk.
    this.#guard(() => this.#rtc.powerLost());
  }

  #silence(): void {
    const { peripheral, log } = this.#parts;
    peripheral
      .stopAdvertising()
      .catch((error: unknown) => log.error('advert-failed', { reason: String(error) }));
    log.info('power-lost', { operations: this.#power.operations });
    this.onPowerLost();
  }

  #newSupply(): PowerSupply {
    return this.#parts.newSupply?.() ?? new PowerSupply();
  }

  #newFlash(): NorFlash {
    const { flash, timing } = this.#parts;
    return new NorFlash({ store: flash, power: this.#power, timing });
  }
}

const NOBODY_WATCHES = (): void => undefined;

/** Powers the lock on: GATT server up, booted, advertising. */
export async function openLock(parts: LockParts): Promise<Lock> {
  const lock = new Lock(parts);
  await lock.open();
  return lock;
}
