// The life of firmware images on one boot: which one runs, its trial, and taking the next. A trial is durable as
// begun before the image does anything, so that whatever stops it leads back. WIRE 17.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { FIRMWARE_RESTART_MS, FIRMWARE_TRIAL_DEADLINE_MS } from '#protocol/limits.ts';
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import type { VerifiedFirmware } from '#protocol/signed/firmware.ts';
import type { FirmwareAnswer } from '#protocol/sync/firmware-messages.ts';
import type { Connection } from '../connection.ts';
import { firmwareData, firmwareFellBackData } from '../events.ts';
import type { NorFlash } from '../flash/nor-flash.ts';
import type { EventType } from '#protocol/log/event-types.ts';
import type { SecureElement } from '../secure-element/secure-element.ts';
import type { StorageLayout } from '../storage/layout.ts';
import type { SettingsLog } from '../storage/settings-log.ts';
import type { Destination } from '../sync/destination.ts';
import { chooseImage, confirmedNumber, type BootChoice } from './boot-choice.ts';
import { encodeFailed, failedIn, heldBackUpTo, withFailure } from './failed-trials.ts';
import { ImageDestination } from './image-destination.ts';
import {
  confirmedIn,
  encodeConfirmed,
  encodeTrial,
  trialIn,
  type ImageRecord,
  type Trial,
} from './image-record.ts';
import { ImageStore } from './image-store.ts';
import { isEnoughForFirmware } from '../mechanics/battery.ts';
import type { UpdateFacts } from '../sync/facts.ts';

/** From boot to the end of an image's self test. */
export const SELF_TEST_MS = 2_000;
/** Between two looks at a battery that is too low for the trial of an image that waits. */
export const BATTERY_WAIT_MS = 60_000;

export interface FirmwareUpdateParts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly flash: NorFlash;
  readonly layout: StorageLayout;
  readonly settings: SettingsLog;
  readonly secure: SecureElement;
  /** The number of the firmware that is built in. */
  readonly factory: number;
  readonly record: (type: EventType, data: Uint8Array) => void;
  readonly batteryPercent: () => number;
  /** UTC seconds, as good as the lock has them. */
  readonly nowS: () => number;
  /** Ends this boot and begins the next. */
  readonly restart: () => void;
}

export class FirmwareUpdate {
  readonly #parts: FirmwareUpdateParts;
  readonly #store: ImageStore;
  readonly #choice: BootChoice;
  #restart: Timer | undefined;
  #selfTest: Timer | undefined;

  /** Decides what runs, and begins its trial where it has one. Throws PowerCut as planned, StorageError. */
  constructor(parts: FirmwareUpdateParts) {
    this.#parts = parts;
    this.#store = new ImageStore(parts.engine, parts.flash, parts.layout);
    const { values } = parts.settings;
    const trial = trialIn(values);
    this.#choice = chooseImage({
      factory: parts.factory,
      confirmed: confirmedIn(values),
      trial,
      floor: parts.secure.contents.firmwareFloor,
      isBatteryWell: this.#isBatteryWell(),
      isWhole: (image) => this.#store.isWhole(image),
    });
    // A cut may have fallen between a confirmation and its floor, which comes behind its row.
    const { image, isTrial, firmware } = this.#choice;
    if (image !== undefined && !isTrial && firmware > parts.secure.contents.firmwareFloor)
      this.#tellConfirmed();
    this.#begin(trial);
  }

  /** The number that the lock shows. */
  get running(): number {
    return this.#choice.firmware;
  }

  facts(): UpdateFacts {
    const { settings, factory, secure, nowS } = this.#parts;
    const trial = trialIn(settings.values);
    const { firmwareFloor: floor } = secure.contents;
    return {
      confirmed: confirmedNumber({ factory, floor, confirmed: confirmedIn(settings.values) }),
      trial: trial && { phase: trial.phase, ...trial.image },
      capacityChunks: this.#store.capacityChunks,
      heldBackUpTo: heldBackUpTo(failedIn(settings.values), nowS()),
    };
  }

  answer(): FirmwareAnswer {
    const trial = trialIn(this.#parts.settings.values);
    return { running: this.running, staged: trial?.phase === 'staged' ? trial.image.firmware : null };
  }

  /** Writes nothing. `answer` goes to the courier once the image waits for its trial. */
  destination(verified: VerifiedFirmware, answer: (connection: Connection) => void): Destination {
    const slot = confirmedIn(this.#parts.settings.values)?.slot === 1 ? 2 : 1;
    return new ImageDestination(
      {
        store: this.#store,
        slot,
        onStaged: (image) => this.#stage(image),
        onDone: () => this.#restartIntoTrial(FIRMWARE_RESTART_MS),
        answer,
      },
      verified,
    );
  }

  stop(): void {
    this.#restart?.cancel();
    this.#selfTest?.cancel();
  }

  #begin(before: Trial | undefined): void {
    const { settings, record, clock, nowS } = this.#parts;
    const { firmware, isTrial, trial, fellBackFrom } = this.#choice;
    if (trial?.phase === 'staged') {
      this.#restartIntoTrial(BATTERY_WAIT_MS);
      return;
    }
    if (before !== undefined) {
      const firmwareTrial = encodeTrial(trial);
      const failed = withFailure(failedIn(settings.values), before.image.firmware, nowS());
      // One that was staged has not failed: it rotted before it ran, or runs now.
      const change = before.phase === 'running' ? { firmwareFailed: encodeFailed(failed) } : {};
      settings.write({ firmwareTrial, ...change });
    }
    if (fellBackFrom !== undefined) record('firmwareFellBack', firmwareFellBackData(fellBackFrom, firmware));
    if (!isTrial) return;
    record('firmwareTrial', firmwareData(firmware));
    this.#selfTest = clock.after(SELF_TEST_MS, () => this.#endSelfTest());
    // The watchdog: an image that hangs in its self test never gets to say so.
    this.#restartSoon(FIRMWARE_TRIAL_DEADLINE_MS);
  }

  #endSelfTest(): void {
    const { image } = this.#choice;
    const selfTest = image && this.#store.header(image)?.selfTest;
    switch (selfTest) {
      case 'pass':
        this.#confirm(image);
        return;
      case 'hang':
        return;
      case 'fail':
      case undefined:
        this.#parts.restart();
        return;
    }
  }

  #confirm(image: ImageRecord | undefined): void {
    this.#parts.settings.write({
      firmwareConfirmed: encodeConfirmed(image),
      firmwareTrial: encodeTrial(undefined),
    });
    // Not before: where that could not be written, the watchdog leads back.
    this.#restart?.cancel();
    this.#tellConfirmed();
  }

  /** Row first: a floor that stands below what is confirmed says that the row may be missing. */
  #tellConfirmed(): void {
    this.#parts.record('firmwareConfirmed', firmwareData(this.running));
    this.#parts.secure.raiseFirmwareFloor(this.running);
  }

  #stage(image: ImageRecord): void {
    this.#parts.settings.write({ firmwareTrial: encodeTrial({ phase: 'staged', image }) });
    this.#parts.record('firmwareStaged', firmwareData(image.firmware));
  }

  /** Waits for the battery that the offer found: it may have run low since. */
  #restartIntoTrial(delayMs: number): void {
    this.#restart?.cancel();
    this.#restart = this.#parts.clock.after(delayMs, () => {
      if (this.#isBatteryWell()) this.#parts.restart();
      else this.#restartIntoTrial(BATTERY_WAIT_MS);
    });
  }

  #isBatteryWell(): boolean {
    return isEnoughForFirmware(this.#parts.batteryPercent());
  }

  #restartSoon(delayMs: number): void {
    this.#restart?.cancel();
    this.#restart = this.#parts.clock.after(delayMs, () => this.#parts.restart());
  }
}
