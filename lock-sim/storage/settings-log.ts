// The settings: append-only, in two copies, numbered. The secure element counts along, so an older flash image
// is noticed; the last record's tag covers all that is recorded, so none of it can be edited in place, and none left out.
// What only a newer firmware knows stays as it is: going back to an older one and on again loses nothing.
import { concat, equalSecret, u32, utf8 } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { NorFlash } from '../flash/nor-flash.ts';
import type { SecureElement } from '../secure-element/secure-element.ts';
import { EVENT_NUMBERS_PER_RESERVATION } from './event-row.ts';
import type { StorageLayout } from './layout.ts';
import { type SettingsState, SETTINGS_TAG_BYTES, SettingsCopy } from './settings-copy.ts';
import {
  decodeEntries,
  encodeEntries,
  entriesOf,
  valuesOf,
  type SettingsEntries,
  type SettingsValues,
} from './settings-values.ts';
import { StorageError, flashWorn } from './storage-error.ts';

/** What opening found. `older`: the flash is from an earlier day; `lost`: it holds no settings any more. */
export type SettingsVerdict = 'intact' | 'fresh' | 'older' | 'lost';

export interface SettingsParts {
  readonly flash: NorFlash;
  readonly secure: SecureElement;
  readonly engine: CryptoEngine;
  readonly layout: StorageLayout;
}

export class SettingsLog {
  readonly #copies: readonly [SettingsCopy, SettingsCopy];
  readonly #secure: SecureElement;
  readonly #engine: CryptoEngine;
  readonly verdict: SettingsVerdict;
  /** Copies that a torn write had left behind and that were written anew. */
  readonly repairedCopies: number;
  /** Copies that flash keeps no more; the other one serves alone. */
  readonly failedCopies: number;
  #state: SettingsState;
  #values: SettingsValues;

  /** Opens, repairs, and from a flash that is not this lock's newest starts anew behind a barrier. */
  constructor({ flash, secure, engine, layout }: SettingsParts) {
    this.#secure = secure;
    this.#engine = engine;
    const [first, second] = layout.settings;
    this.#copies = [new SettingsCopy(flash, first), new SettingsCopy(flash, second)];
    const known = secure.contents.settingsCount;
    const newest = this.#newest();
    this.verdict = judge(newest, known);
    this.#state = this.verdict === 'intact' && newest ? newest : this.#startAnew(newest, known);
    this.#values = valuesOf(recordedIn(this.#state));
    const { repaired, failed } = this.#repairCopies();
    this.repairedCopies = repaired;
    this.failedCopies = failed;
    for (const copy of this.#copies) copy.forgetOpened();
    secure.raiseSettingsCount(this.#state.count);
  }

  get values(): SettingsValues {
    return this.#values;
  }

  /** Number of the last record. */
  get count(): number {
    return this.#state.count;
  }

  /** Durable when it returns, in one copy at least; values not named stay. Throws StorageError. */
  write(change: Partial<SettingsValues>): void {
    const entries = entriesOf(change);
    const after = this.#changed(this.#state, this.#state.count + 1, entries);
    this.#append(encodeEntries(entries), after);
    // Its number is used up whatever comes: no two records may have one number.
    this.#state = after;
    this.#values = { ...this.#values, ...change };
    // Flash first: a count that is ahead of the flash means a flash from an earlier day.
    this.#secure.raiseSettingsCount(after.count);
  }

  #append(change: Uint8Array, after: SettingsState): void {
    try {
      const kept = this.#copies.map((copy) => copy.append(change, after));
      if (!kept.includes(true)) throw flashWorn('the settings');
    } catch (error) {
      // One copy may have the record, and its number comes again: what was begun is left behind.
      if (error instanceof StorageError) for (const copy of this.#copies) copy.startBlockNext();
      throw error;
    }
  }

  #newest(): SettingsState | undefined {
    const opened = this.#copies.map((copy) => copy.opened).filter((state) => state !== undefined);
    opened.sort((a, b) => b.count - a.count);
    return opened.find((state) => equalSecret(state.tag, this.#tagOf(state.count, state.encoded)));
  }

  /** Old values are better than none; tables committed so far are barred, event numbers are skipped. */
  #startAnew(newest: SettingsState | undefined, known: number): SettingsState {
    if (this.verdict === 'fresh') return this.#changed(newest, known + 1, NOTHING);
    const lostWrites = known - (newest?.count ?? 0);
    const { eventsReserved } = valuesOf(recordedIn(newest));
    const barred = entriesOf({
      tableBarrier: known + 1,
      // Each reservation of event numbers is one record, so these are all that can have been used.
      eventsSkipTo: eventsReserved + lostWrites * EVENT_NUMBERS_PER_RESERVATION,
    });
    return this.#changed(newest, known + 1, barred);
  }

  /** Throws StorageError where no copy holds what is in force. */
  #repairCopies(): { readonly repaired: number; readonly failed: number } {
    let repaired = 0;
    let failed = 0;
    for (const copy of this.#copies) {
      const isCurrent = copy.isClean && copy.opened !== undefined && this.#isNow(copy.opened);
      if (isCurrent) continue;
      if (copy.compact(this.#state)) repaired++;
      else failed++;
    }
    if (failed === this.#copies.length) throw flashWorn('the settings');
    return { repaired, failed };
  }

  #isNow(state: SettingsState): boolean {
    return state.count === this.#state.count && equalSecret(state.tag, this.#state.tag);
  }

  #changed(state: SettingsState | undefined, count: number, change: SettingsEntries): SettingsState {
    const encoded = encodeEntries(new Map([...recordedIn(state), ...change]));
    return { count, encoded, tag: this.#tagOf(count, encoded) };
  }

  #tagOf(count: number, encoded: Uint8Array): Uint8Array {
    const covered = concat(utf8('doorlab/settings/1'), u32(count), encoded);
    const mac = this.#engine.hmacSha256(this.#secure.contents.logSecret, covered);
    return mac.slice(0, SETTINGS_TAG_BYTES);
  }
}

const NOTHING: SettingsEntries = new Map();

/** Nothing where there is no state: every value has its default then. */
const recordedIn = (state: SettingsState | undefined): SettingsEntries =>
  (state && decodeEntries(state.encoded)) ?? NOTHING;

function judge(newest: SettingsState | undefined, known: number): SettingsVerdict {
  if (newest === undefined) return known === 0 ? 'fresh' : 'lost';
  return newest.count < known ? 'older' : 'intact';
}
