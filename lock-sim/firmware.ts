// One boot's life of the lock: what storage found, the facts that decisions rest on, the keypad, the owner. A
// power cut ends it and the next boot makes another: nothing here outlives the power but storage.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { lockIdOf, type LockId } from '#protocol/ids.ts';
import { labelAdvertisingKey, labelHashOf } from '#protocol/label.ts';
import { ACTIVATION_WINDOW_MS } from '#protocol/limits.ts';
import { encodeEventData } from '#protocol/log/event-fields.ts';
import type { EventType } from '#protocol/log/event-types.ts';
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import { signerOf } from '#protocol/signed/cose.ts';
import type { AdvertState } from '#protocol/sync/advert.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { tripleBytes } from '#protocol/triple.ts';
import { AlarmLimit } from './alarm-limit.ts';
import { AccessControl } from './access/access-control.ts';
import { DoorControl } from './door-control.ts';
import type { DoorHardware } from './door-hardware.ts';
import type { LockClock } from './access/decision.ts';
import { ChannelHost } from './channel/channel-host.ts';
import { applyTime } from './clock/apply-time.ts';
import type { DeviceRtc } from './clock/device-rtc.ts';
import { LockTime } from './clock/lock-time.ts';
import { Ownership } from './life/ownership.ts';
import { alarmData, committedData } from './events.ts';
import { FirmwareUpdate } from './firmware-image/firmware-update.ts';
import { FlashQueue } from './flash-queue.ts';
import { BATTERY_LOW_PERCENT } from './mechanics/battery.ts';
import type { NorFlash } from './flash/nor-flash.ts';
import type { SecureElement } from './secure-element/secure-element.ts';
import { boot, type BootReport } from './storage/boot.ts';
import { EventWriter } from './log/event-writer.ts';
import type { StorageLayout } from './storage/layout.ts';
import type { Storage } from './storage/storage.ts';
import { Conversation } from './sync/conversation.ts';
import type { LockFacts } from './sync/facts.ts';
import type { ActivateEffect, ClockEffect } from './sync/session-state.ts';
import { WorkingMemory } from './working-memory.ts';

export interface LockModel {
  /** Rows a table may have. */
  readonly capacityRows: number;
  /** Of the firmware that is built in. */
  readonly firmware: number;
}

export interface FirmwareParts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly flash: NorFlash;
  readonly secure: SecureElement;
  readonly layout: StorageLayout;
  readonly model: LockModel;
  readonly hardware: DoorHardware;
  /** Ends this boot and begins the next: the firmware's own doing, for a trial. */
  readonly restart: () => void;
  readonly rtc: DeviceRtc;
  /** In the place of the clock part, for those who want to say what time it is. */
  readonly lockClock?: (() => LockClock) | undefined;
  readonly advert: () => { readonly bytes: Uint8Array; readonly nonce: Uint8Array };
  /** Something that the advert shows has changed. */
  readonly onShownChange: () => void;
}

export class Firmware {
  readonly bootReport: BootReport;
  /** The buffers of receiving and deciding, counted. */
  readonly memory = new WorkingMemory();
  readonly access: AccessControl;
  readonly door: DoorControl;
  readonly lockId: LockId;
  readonly labelHash: Uint8Array;
  readonly #parts: FirmwareParts;
  readonly #lockClock: () => LockClock;
  readonly #time: LockTime;
  readonly #ownership: Ownership;
  readonly #flashQueue: FlashQueue;
  readonly #alarms = new AlarmLimit();
  readonly #writer: EventWriter;
  readonly #update: FirmwareUpdate;
  #conversation: Conversation | undefined;
  #channel: ChannelHost | undefined;
  #window: Timer | undefined;

  /** Boots: throws PowerCut as planned, StorageError where the flash is worn out. */
  constructor(given: FirmwareParts) {
    const { engine, secure, clock, flash, layout, rtc, random, model, hardware, restart } = given;
    const { memory } = this;
    this.#parts = given;
    // Parts are named one by one where they stay: each object made by spreading has a shape of its own in V8.
    this.bootReport = boot({ flash, secure, engine, layout, memory });
    const { storage } = this;
    const { settings } = storage;
    this.#time = new LockTime({ rtc, clock, settings });
    const time = this.#time;
    const lockClock = given.lockClock ?? (() => time.now());
    this.#lockClock = lockClock;
    this.#writer = new EventWriter({ clock, lockClock, storage });
    const record = (type: EventType, data?: Uint8Array): void => this.#record(type, data);
    const identityKey = engine.ed25519PublicKey(secure.contents.identitySeed);
    this.lockId = lockIdOf(engine, identityKey);
    this.labelHash = labelHashOf(engine, identityKey);
    this.#flashQueue = new FlashQueue(clock, flash);
    this.#ownership = new Ownership({ engine, random, secure, storage, time, record });
    settings.write({
      bootCount: settings.values.bootCount + 1,
      ...time.firstFloor(),
      ...this.#ownership.firstTold(),
    });
    this.#ownership.tellUntold();
    // Says what is in force: a cut may have fallen between a commit or an activation and its own row.
    this.#record('booted', tripleBytes(secure.contents.floor.triple));
    // Told until it was: a cut may fall between boot's barrier and this row. Access keeps up with the barrier below.
    if (settings.values.accessBarrier < settings.values.tableBarrier) this.#record('flashReplaced');
    const factory = model.firmware;
    this.#update = new FirmwareUpdate({
      engine,
      clock,
      flash,
      layout,
      settings,
      secure,
      factory,
      record,
      batteryPercent: () => hardware.battery.reading.percent,
      nowS: () => lockClock().nowS,
      restart,
    });
    const privacyThrown = (): boolean => hardware.body.privacy === 'thrown';
    const access = new AccessControl({ engine, clock, secure, storage, lockClock, privacyThrown, record });
    this.access = access;
    const flashOperations = (): number => flash.counts.programs + flash.counts.erases;
    this.door = new DoorControl({ clock, hardware, access, lockClock, flashOperations, record });
    this.door.mechanics.start();
  }

  get storage(): Storage {
    return this.bootReport.storage;
  }

  get activationWindowOpen(): boolean {
    return this.#window !== undefined;
  }

  facts(): LockFacts {
    const { secure, model } = this.#parts;
    const { lockSecrets } = secure.contents;
    const { floor } = this.storage;
    return {
      lockId: this.lockId,
      keySet: this.#ownership.pinned?.keySet,
      keySetHash: this.#ownership.pinned?.hash,
      activated: lockSecrets !== null,
      advertisingKey: lockSecrets?.advertisingKey ?? labelAdvertisingKey(this.#parts.engine, this.labelHash),
      tableState: this.storage.tableState,
      active: this.storage.table?.record,
      floor: floor.triple,
      floorTableHash: floor.tableHash,
      firmware: this.#update.running,
      update: this.#update.facts(),
      capacityRows: model.capacityRows,
      capacityChunks: this.storage.capacityChunks,
      stage: this.conversation.sync.stageFacts(),
      activationWindowOpen: this.activationWindowOpen,
      batteryPercent: this.#parts.hardware.battery.reading.percent,
      monotonicMs: this.#parts.clock.monotonicMs(),
      clockFloor: this.#time.floor,
      log: {
        acknowledged: this.storage.events.acknowledged,
        chainAt: (sequence) => this.storage.events.chainAt(sequence),
      },
    };
  }

  advertState(): AdvertState & { readonly advertisingKey: Uint8Array } {
    const { lockSecrets } = this.#parts.secure.contents;
    return {
      advertisingKey: lockSecrets?.advertisingKey ?? labelAdvertisingKey(this.#parts.engine, this.labelHash),
      tableVersion: this.storage.table?.record.triple.tableVersion ?? 0,
      logPending: this.storage.events.lastSequence > this.storage.settings.values.eventsAcknowledged,
      batteryLow: this.#parts.hardware.battery.reading.percent < BATTERY_LOW_PERCENT,
      notActivated: lockSecrets === null,
    };
  }

  /** The physical action that lets a lock without an owner be activated. */
  openActivationWindow(): void {
    this.#window?.cancel();
    this.#window = this.#parts.clock.after(ACTIVATION_WINDOW_MS, () => {
      this.#window = undefined;
    });
  }

  /** Ends every timer: the power is gone, or the program ends. */
  stop(): void {
    this.#conversation?.stop();
    this.access.stop();
    this.door.mechanics.stop();
    this.#update.stop();
    this.#window?.cancel();
    this.#flashQueue.stop();
  }

  time(): LockClock {
    return this.#lockClock();
  }

  /** Made for the first who asks, as the channel: most locks stand idle. */
  get conversation(): Conversation {
    this.#conversation ??= this.#newConversation();
    return this.#conversation;
  }

  get channel(): ChannelHost {
    this.#channel ??= new ChannelHost({ ...this.#parts, lock: this });
    return this.#channel;
  }

  /** Somebody took the cover off. */
  tampered(): void {
    this.#record('tampered');
  }

  /** The physical action that wipes all access; the owner stays. False where there is none to wipe. */
  reset(): boolean {
    this.conversation.sync.drop();
    const isWiped = this.#ownership.reset();
    this.#ownershipEnded();
    return isWiped;
  }

  #newConversation(): Conversation {
    const { engine, secure, hardware } = this.#parts;
    return new Conversation({
      ...this.#parts,
      lockClock: this.#lockClock,
      battery: () => hardware.battery.reading,
      storage: this.storage,
      flashQueue: this.#flashQueue,
      memory: this.memory,
      update: this.#update,
      lockId: this.lockId,
      identity: signerOf(engine, secure.contents.identitySeed),
      labelHash: this.labelHash,
      facts: () => this.facts(),
      onActivate: (effect) => this.#activate(effect),
      onKeySet: (keySet, bytes) => this.#ownership.adopt(keySet, bytes),
      onTime: (effect) => this.#onTime(effect),
      onOwnershipEnd: (effect) => {
        this.#ownership.end(effect);
        this.#ownershipEnded();
      },
      onCommitted: () => this.#committed(),
      onAlarm: (code) => this.#alarm(code),
      onLogPull: () => this.#writer.settle(),
    });
  }

  #activate(effect: ActivateEffect): void {
    this.#ownership.activate(effect);
    this.#window?.cancel();
    this.#window = undefined;
    this.#parts.onShownChange();
  }

  /** A door that was held open by the table that has gone is held no longer. */
  #ownershipEnded(): void {
    this.door.mechanics.refreshHoldOpen();
    this.#parts.onShownChange();
  }

  #onTime(effect: ClockEffect): void {
    applyTime(this.#time, this.storage, effect);
    this.door.mechanics.refreshHoldOpen();
  }

  #committed(): void {
    const record = this.storage.table?.record;
    this.#time.persist('now');
    if (record !== undefined) this.#record('tableCommitted', committedData(record.triple));
    this.door.mechanics.refreshHoldOpen();
    this.#parts.onShownChange();
  }

  #alarm(code: RefusalCode): void {
    const { clock, secure } = this.#parts;
    if (!this.#alarms.take(code, clock.monotonicMs())) return;
    this.#record('alarm', alarmData(code, secure.contents.floor.triple));
  }

  #record(type: EventType, data?: Uint8Array): void {
    if (this.#parts.lockClock === undefined && this.#time.takeLoss()) {
      const { sinceBootS: monotonicS } = this.#time;
      this.#writer.record('clockLost', encodeEventData('clockLost', { monotonicS }));
    }
    this.#writer.record(type, data);
    this.#time.persist('due');
  }
}
