// Bugs in what a lock keeps: the commit, the floor, the settings, and what boot believes of a flash.
import { bug, type PlantedBug } from './planted-bug.ts';

const STORAGE = 'lock-sim/storage/storage.ts';
const BOOT = 'lock-sim/storage/boot.ts';
const SETTINGS = 'lock-sim/storage/settings-log.ts';
const POWER_CUT = 'lock-sim/power-cut.test.ts';

export const STORAGE_BUGS: readonly PlantedBug[] = [
  bug(
    'commit not atomic: floor raised before the record',
    POWER_CUT,
    {
      file: STORAGE,
      find: 'if (!this.#writeCommits(stage, commit))',
      replace: 'this.#raiseFloor(record);\n    if (!this.#writeCommits(stage, commit))',
    },
    { only: 'torn in any way second-sync' },
  ),
  bug(
    'commit not atomic: new set over the table in force',
    POWER_CUT,
    { file: STORAGE, find: '[this.#slots[otherSlot(active)]]', replace: '[this.#slots[active]]' },
    {
      only: 'torn in any way second-sync',
      edits: [
        {
          file: STORAGE,
          find: "import { type Slot, type StorageLayout, otherSlot } from './layout.ts';",
          replace: "import { type Slot, type StorageLayout } from './layout.ts';",
        },
      ],
    },
  ),
  bug('commit in one copy only', 'lock-sim/storage-boot.test.ts', {
    file: STORAGE,
    find: 'for (const copy of [0, 1] as const) {',
    replace: 'for (const copy of [0] as const) {',
  }),
  bug('commit records believed erased by a boot before', 'lock-sim/storage-boot.test.ts', {
    file: 'lock-sim/storage/stage.ts',
    find: '#isBegunHere = false;',
    replace: '#isBegunHere = true;',
  }),
  bug('commit before the table is checked', 'lock-sim/storage-boot.test.ts', {
    file: STORAGE,
    find: 'check.finish({ ...signed, tableHash: record.tableHash });',
    replace: 'if (signed.rowCount < 0) check.finish({ ...signed, tableHash: record.tableHash });',
  }),
  bug('MAC of a commit record unchecked', 'lock-sim/storage-attack.test.ts', {
    file: 'lock-sim/storage/slot-records.ts',
    find: 'if (!equalSecret(mac, bytes.subarray(COMMIT_MAC_AT))) return undefined;',
    replace: 'if (mac.length !== 32) return undefined;',
  }),
  bug('floor unchecked at boot', 'lock-sim/storage-boot.test.ts', {
    file: BOOT,
    find: 'isAllowed(commit, floor) && commit.settingsCount',
    replace: '(isAllowed(commit, floor) || commit.triple.tableVersion > 0) && commit.settingsCount',
  }),
  bug('floor unchecked at an offer', 'lock-sim/session.test.ts', {
    file: 'lock-sim/sync/judge-offer.ts',
    find: "return refuse('STALE', `${offered} is older than ${formatTriple(facts.floor)}`);",
    replace: 'break;',
  }),
  bug('floor not raised by a commit', 'lock-sim/storage-boot.test.ts', {
    file: STORAGE,
    find: 'this.#raiseFloor(record);',
  }),
  bug('triples compared by version first', 'lock-sim/lock-key-sets.test.ts', {
    file: 'protocol/triple.ts',
    find: 'a.ownershipEpoch - b.ownershipEpoch || a.keyEpoch - b.keyEpoch || a.tableVersion - b.tableVersion',
    replace:
      'a.ownershipEpoch - b.ownershipEpoch || a.tableVersion - b.tableVersion || a.keyEpoch - b.keyEpoch',
  }),
  bug('version may jump', 'lock-sim/session.test.ts', {
    file: 'protocol/triple.ts',
    find: "return jumps ? 'too-far' : 'newer';",
    replace: "return jumps && offered.ownershipEpoch < 0 ? 'too-far' : 'newer';",
  }),
  bug('another table under the same version taken', 'lock-sim/session.test.ts', {
    file: 'lock-sim/sync/judge-offer.ts',
    find: "if (!isSameTable) return refuse('CONFLICT', `${offered} comes with another table`, true);",
    replace: 'if (!isSameTable) break;',
  }),
  bug('tag of the settings unchecked', 'lock-sim/storage-attack.test.ts', {
    file: SETTINGS,
    find: 'return opened.find((state) => equalSecret(state.tag, this.#tagOf(state.count, state.encoded)));',
    replace: 'return opened[0];',
  }),
  bug('settings of a newer firmware dropped', 'lock-sim/settings-firmwares.test.ts', {
    file: 'lock-sim/storage/settings-values.ts',
    find: 'entries.set(key, input.subarray(at + 3, end));',
    replace: 'if (settingOfKey.has(key)) entries.set(key, input.subarray(at + 3, end));',
  }),
  bug('flash of an earlier day taken', 'lock-sim/storage-attack.test.ts', {
    file: SETTINGS,
    find: "return newest.count < known ? 'older' : 'intact';",
    replace: "return 'intact';",
  }),
  bug('tables of an earlier flash count', 'lock-sim/storage-attack.test.ts', {
    file: BOOT,
    find: ' && commit.settingsCount >= tableBarrier)',
    replace: ' && tableBarrier >= 0)',
  }),
  bug(
    'secure element counts before the flash',
    POWER_CUT,
    {
      file: SETTINGS,
      find: 'this.#append(encodeEntries(entries), after);',
      replace:
        'this.#secure.raiseSettingsCount(after.count);\n    this.#append(encodeEntries(entries), after);',
    },
    { only: 'torn in any way second-sync' },
  ),
];
