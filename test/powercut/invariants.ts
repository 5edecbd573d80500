// What must hold whenever power comes back, wherever the cut fell and however it tore. Stated over what a lock shows
// and what it had claimed before; nothing here knows a layout, a record or a check of the firmware.
import { equalBytes } from '#protocol/bytes.ts';
import { compareTriples, formatTriple } from '#protocol/triple.ts';
import type { SecureContents } from '#lock-sim/secure-element/secure-contents.ts';
import type { SettingName, SettingsValues } from '#lock-sim/storage/settings-values.ts';
import type { BuiltSet } from '#test/builders/signed-set.ts';
import type { Claims } from './claims.ts';
import type { Seen } from './seen.ts';
import { probesOf } from './tables.ts';

/** What may be there after a cut in one operation. */
export interface Expected {
  readonly claims: Claims;
  /** Hashes: the table claimed last, then the one that came into force next. */
  readonly tables: readonly (string | undefined)[];
  /** By name: the value claimed last, then the one that it took next. */
  readonly settings: ReadonlyMap<SettingName, readonly SettingsValues[SettingName][]>;
  readonly before: SecureContents;
  readonly after: SecureContents;
  /** All sets of the scenario. */
  readonly sets: readonly BuiltSet[];
  readonly isSuspect: boolean;
}

interface Invariant {
  readonly sentence: string;
  /** What is broken, in words. */
  broken(seen: Seen, expected: Expected): string | undefined;
}

/** They only rise, whatever happens. */
const RISING = [
  'bootCount',
  'clockFloorS',
  'tableBarrier',
  'eventsAcknowledged',
  'eventsReserved',
  'eventsSkipTo',
] as const satisfies readonly SettingName[];

export const INVARIANTS: readonly Invariant[] = [
  {
    sentence: 'The table in force is exactly the old one or exactly the new one',
    broken: ({ tableHash, set, otherChunk }, { tables }) => {
      if (!tables.includes(tableHash)) return `it is ${tableHash ?? 'none'}, not ${tables.join(' or ')}`;
      if (tableHash !== undefined && set === undefined) return 'it is a table that nobody sent';
      return otherChunk === undefined ? undefined : `chunk ${otherChunk} is not as it was sent`;
    },
  },
  {
    sentence: 'A door opens by a live row of the table in force, and by nothing else',
    broken: (seen, { sets }) => {
      const wrong = probesOf(seen.set, sets).find((code) => seen.opens(code) !== isIn(code, seen.set));
      return wrong && `code ${wrong} ${seen.opens(wrong) ? 'opens' : 'does not open'}`;
    },
  },
  {
    sentence: 'The floor never falls',
    broken: ({ contents }, { before }) => {
      const order = compareTriples(contents.floor.triple, before.floor.triple);
      return order < 0 ? `it fell to ${formatTriple(contents.floor.triple)}` : undefined;
    },
  },
  {
    sentence: 'The floor of firmware images never falls',
    broken: ({ contents }, { before }) =>
      contents.firmwareFloor < before.firmwareFloor ? `it fell to ${contents.firmwareFloor}` : undefined,
  },
  {
    sentence: 'The table in force stands at the floor',
    broken: ({ contents, set }) =>
      set !== undefined && compareTriples(contents.floor.triple, set.triple) !== 0
        ? `the floor is ${formatTriple(contents.floor.triple)}, the table ${formatTriple(set.triple)}`
        : undefined,
  },
  {
    sentence: 'What a receipt has told of is in force',
    broken: ({ contents }, { claims: { receipted } }) =>
      receipted !== undefined && compareTriples(contents.floor.triple, receipted.triple) < 0
        ? `a receipt told of ${formatTriple(receipted.triple)}`
        : undefined,
  },
  {
    sentence: 'The owner and its secrets are those before or those after the operation, never lost',
    broken: ({ contents }, { before, after }) => {
      const isOne = [before, after].some(
        ({ owner, lockSecrets }) => contents.owner === owner && contents.lockSecrets === lockSecrets,
      );
      return isOne ? undefined : 'they are neither';
    },
  },
  {
    sentence: 'The settings are those of this lock, its newest',
    broken: ({ verdict }, { isSuspect }) =>
      !isSuspect && (verdict === 'older' || verdict === 'lost') ? `they were found ${verdict}` : undefined,
  },
  {
    sentence: 'The time floor, the boot count and the log numbers never fall',
    broken: ({ settings }, { claims }) => {
      const fallen = RISING.find((name) => settings[name] < claims.settings[name]);
      return fallen && `${fallen} fell from ${claims.settings[fallen]} to ${settings[fallen]}`;
    },
  },
  {
    sentence:
      'Every setting, the wrong codes and the burned slots among them, is as written last or as under way',
    broken: ({ settings }, expected) => {
      for (const [name, allowed] of expected.settings) {
        const found = settings[name];
        if (!allowed.some((value) => isEqual(value, found)))
          return `${name} is ${String(found)}, not ${allowed.join(' or ')}`;
      }
      return undefined;
    },
  },
];

/** The first invariant that is broken, with how. */
export function brokenInvariant(seen: Seen, expected: Expected): string | undefined {
  for (const { sentence, broken } of INVARIANTS) {
    const how = broken(seen, expected);
    if (how !== undefined) return `"${sentence}": ${how}`;
  }
  return undefined;
}

const isIn = (code: string, set: BuiltSet | undefined): boolean => set?.codes.includes(code) ?? false;

const isEqual = (a: SettingsValues[SettingName], b: SettingsValues[SettingName]): boolean =>
  a === b || (typeof a !== 'number' && typeof b !== 'number' && equalBytes(a, b));
