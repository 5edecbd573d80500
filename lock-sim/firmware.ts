// One boot's life of the lock: what storage found, the facts that decisions rest on, the keypad, the owner. A
// power cut ends it and the next boot makes another: nothing here outlives the power but storage.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { lockIdOf, type LockId } from '#protocol/ids.ts';
import { labelAdvertisingKey, labelHashOf } from '#protocol/label.ts';
import { ACTIVATION_WINDOW_MS } from '#protocol/limits.ts';
import type { EventType } from '#protocol/log/event-types.ts';
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import { signerOf } from '#protocol/signed/cose.ts';
import { readKeySet, type KeySet } from '#protocol/signed/key-set.ts';
import type { AdvertState } from '#protocol/sync/advert.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { tripleBytes } from '#protocol/triple.ts';
import { AlarmLimit } from './alarm-limit.ts';
import { AccessControl } from './access/access-control.ts';
import type { Decision, LockClock } from './access/decision.ts';
import { alarmData, committedData } from './events.ts';
import { FlashQueue } from './flash-queue.ts';
import type { NorFlash } from './flash/nor-flash.ts';
import type { SecureElement } from './secure-element/secure-element.ts';
import { boot, type BootReport } from './storage/boot.ts';
import { EventWriter } from './log/event-writer.ts';
import type { StorageLayout } from './storage/layout.ts';
import type { Storage } from './storage/storage.ts';
import { Conversation, type ActivateEffect } from './sync/conversation.ts';
import type { LockFacts } from './sync/facts.ts';
import { WorkingMemory } from './working-memory.ts';

const BATTERY_LOW_PERCENT = 15;

export interface LockModel {
  /** Rows a table may have. */
  readonly capacityRows: number;
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
  readonly battery: () => { readonly percent: number };
  readonly lockClock: () => LockClock;
  /** The privacy deadbolt; never thrown where it is left out. */
  readonly privacyThrown?: () => boolean;
  readonly advert: () => { readonly bytes: Uint8Array; readonly nonce: Uint8Array };
  /** Something that the advert shows has changed. */
  readonly onShownChange: () => void;
}

export class Firmware {
  readonly bootReport: BootReport;
  /** The buffers of receiving and deciding, counted. */
  readonly memory = new WorkingMemory();
  readonly conversation: Conversation;
  readonly access: AccessControl;
  readonly lockId: LockId;
  readonly labelHash: Uint8Array;
  readonly #parts: FirmwareParts;
  readonly #labelKey: Uint8Array;
  readonly #flashQueue: FlashQueue;
  readonly #alarms = new AlarmLimit();
  readonly #writer: EventWriter;
  #keySet: KeySet | undefined;
  #window: Timer | undefined;

  /** Boots: throws PowerCut as planned, StorageError where the flash is worn out. */
  constructor(parts: FirmwareParts) {
    this.#parts = parts;
    this.#writer = new EventWriter({ ...parts, storage: () => this.storage });
    const { engine, secure, clock, flash } = parts;
    this.bootReport = boot({ ...parts, memory: this.memory });
    const identity = signerOf(engine, secure.contents.identitySeed);
    this.lockId = lockIdOf(engine, identity.publicKey);
    this.labelHash = labelHashOf(engine, identity.publicKey);
    this.#labelKey = labelAdvertisingKey(engine, this.labelHash);
    const { owner, lockSecrets } = secure.contents;
    this.#keySet = owner === null || lockSecrets === null ? undefined : readKeySet(owner.keySetBytes);
    this.#flashQueue = new FlashQueue(clock, flash);
    const { storage } = this;
    storage.settings.write({ bootCount: storage.settings.values.bootCount + 1 });
    // Says what is in force: a cut may have fallen between a commit or an activation and its own row.
    this.#record('booted', tripleBytes(secure.contents.floor.triple));
    const isForeignFlash = this.bootReport.settings === 'older' || this.bootReport.settings === 'lost';
    if (isForeignFlash) this.#record('flashReplaced');
    this.access = new AccessControl({
      ...parts,
      storage,
      privacyThrown: () => parts.privacyThrown?.() ?? false,
      record: (type, data) => this.#record(type, data),
    });
    this.conversation = new Conversation({
      ...parts,
      storage,
      flashQueue: this.#flashQueue,
      memory: this.memory,
      lockId: this.lockId,
      identity,
      labelHash: this.labelHash,
      facts: () => this.facts(),
      onActivate: (effect) => this.#activate(effect),
      onKeySet: (keySet, bytes) => {
        secure.replaceKeySet(bytes);
        this.#keySet = keySet;
      },
      onCommitted: () => this.#committed(),
      onAlarm: (code) => this.#alarm(code),
      onLogPull: () => this.#writer.settle(),
    });
  }

  get storage(): Storage {
    return this.bootReport.storage;
  }

  get activationWindowOpen(): boolean {
    return this.#window !== undefined;
  }

  facts(): LockFacts {
    const { secure, model } = this.#parts;
    const { floor, lockSecrets } = secure.contents;
    return {
      lockId: this.lockId,
      keySet: this.#keySet,
      activated: lockSecrets !== null,
      advertisingKey: lockSecrets?.advertisingKey ?? this.#labelKey,
      tableState: this.storage.tableState,
      active: this.storage.table?.record,
      floor: floor.triple,
      floorTableHash: floor.tableHash,
      firmware: model.firmware,
      capacityRows: model.capacityRows,
      capacityChunks: this.storage.capacityChunks,
      stage: this.conversation.sync.stageFacts(),
      activationWindowOpen: this.activationWindowOpen,
      log: {
        acknowledged: this.storage.events.acknowledged,
        chainAt: (sequence) => this.storage.events.chainAt(sequence),
      },
    };
  }

  advertState(): AdvertState & { readonly advertisingKey: Uint8Array } {
    const { lockSecrets } = this.#parts.secure.contents;
    return {
      advertisingKey: lockSecrets?.advertisingKey ?? this.#labelKey,
      tableVersion: this.storage.table?.record.triple.tableVersion ?? 0,
      logPending: this.storage.events.lastSequence > this.storage.settings.values.eventsAcknowledged,
      batteryLow: this.#parts.battery().percent < BATTERY_LOW_PERCENT,
      notActivated: lockSecrets === null,
    };
  }

  /** The digits as entered before the check key; neither logged nor kept. */
  press(digits: string): Decision {
    return this.access.enterCode(digits);
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
    this.conversation.stop();
    this.access.stop();
    this.#window?.cancel();
    this.#flashQueue.stop();
  }

  #activate({ request, keySet, keySetBytes, secrets }: ActivateEffect): void {
    const owner = { doorId: request.doorId, ownershipEpoch: request.ownershipEpoch, keySetBytes };
    this.#parts.secure.activate(owner, keySet.number, secrets);
    this.#keySet = keySet;
    this.#window?.cancel();
    this.#window = undefined;
    this.#record('activated', request.doorId);
    this.#parts.onShownChange();
  }

  #committed(): void {
    const record = this.storage.table?.record;
    if (record !== undefined) this.#record('tableCommitted', committedData(record.triple));
    this.#parts.onShownChange();
  }

  #alarm(code: RefusalCode): void {
    const { clock, secure } = this.#parts;
    if (!this.#alarms.take(code, clock.monotonicMs())) return;
    this.#record('alarm', alarmData(code, secure.contents.floor.triple));
  }

  #record(type: EventType, data?: Uint8Array): void {
    this.#writer.record(type, data);
  }
}
