// From a recording, what may be there after a cut in each operation: what was claimed last, or what came next.
import { equalBytes } from '#protocol/bytes.ts';
import type { SecureContents } from '#lock-sim/secure-element/secure-contents.ts';
import type { SettingName, SettingsValues } from '#lock-sim/storage/settings-values.ts';
import type { BuiltSet } from '#test/builders/signed-set.ts';
import type { Expected } from './invariants.ts';
import type { Claims } from './claims.ts';
import type { Moment, Recording } from './recording.ts';
import { tableByHash } from './tables.ts';

export class Expectations {
  readonly #recording: Recording;
  readonly #sets: readonly BuiltSet[];
  readonly #byClaim = new Map<number, Pick<Expected, 'claims' | 'tables' | 'settings'>>();

  constructor(recording: Recording) {
    this.#recording = recording;
    const hashes = new Set(recording.claims.map(({ tableHash }) => tableHash));
    const claimed = [...hashes].map((hash) => (hash === undefined ? undefined : tableByHash(hash)));
    this.#sets = [...claimed, recording.scenario.goal].filter((set) => set !== undefined);
  }

  of({ claim, before, contentsAfter }: Moment): Expected {
    const { isSuspect } = this.#recording;
    const held = this.#byClaim.get(claim) ?? this.#after(claim);
    this.#byClaim.set(claim, held);
    const contents: { before: SecureContents; after: SecureContents } = {
      before: before.contents,
      after: contentsAfter,
    };
    return { ...held, ...contents, sets: this.#sets, isSuspect };
  }

  #after(claim: number): Pick<Expected, 'claims' | 'tables' | 'settings'> {
    const rest = this.#recording.claims.slice(claim);
    const [claims] = rest;
    if (claims === undefined) throw new RangeError(`claim ${claim} was recorded`);
    const names = Object.keys(claims.settings) as SettingName[];
    const settings = new Map(names.map((name) => [name, nowAndNext(rest, (one) => one.settings[name])]));
    return { claims, tables: nowAndNext(rest, ({ tableHash }) => tableHash), settings };
  }
}

/** The first value, and the first one that differs from it. */
function nowAndNext<T extends SettingsValues[SettingName] | string | undefined>(
  rest: readonly Claims[],
  valueOf: (claims: Claims) => T,
): T[] {
  const values = rest.map(valueOf);
  const next = values.findIndex((value) => !isEqual(value, values[0]));
  return next < 0 ? values.slice(0, 1) : values.filter((_, i) => i === 0 || i === next);
}

const isEqual = (a: unknown, b: unknown): boolean =>
  a === b || (a instanceof Uint8Array && b instanceof Uint8Array && equalBytes(a, b));
