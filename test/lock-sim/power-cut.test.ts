// The proof: every operation cut, a few tears of each kind in the quick form, hundreds in the long one
// (`npm run test:long`), which prints its counts.
import { describe, expect, it } from 'vitest';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import { enumerateTears } from '#lock-sim/flash/tears.ts';
import type { StorageSize } from '#lock-sim/storage/layout.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { cutEverywhere, type Proof } from './power-cut-proof.ts';
import {
  type Machine,
  type Story,
  aMachine,
  anEvent,
  appendEvent,
  chunksOf,
  copyOf,
  machineAfter,
  playCutAt,
  powerUp,
  recordStory,
  someFacts,
  takeSet,
  writeSettings,
} from './power-cut-rig.ts';

const one = aSignedSet({ tableVersion: 1, rows: 3 });
const two = aSignedSet({ tableVersion: 2, rows: 140 });
const SMALL: StorageSize = { capacityChunks: 3, eventBlocks: 3 };
const isLong = process.env['DOORLAB_LONG'] === '1';
const STORY_FORM = isLong
  ? { tears: 310, repairTears: 7, convergeEvery: 20 }
  : { tears: 16, repairTears: 2, convergeEvery: 10 };
const GEOMETRY_FORM = isLong
  ? { tears: 150, repairTears: 4, convergeEvery: 20 }
  : { tears: 8, repairTears: 1, convergeEvery: 20 };
/** Ends a hanging proof; on a busy machine one takes many seconds. */
const PROOF_LIMIT_MS = isLong ? 3_600_000 : 120_000;

function tell(name: string, { cases, images, converged, violations }: Proof): void {
  if (!isLong) return;
  process.stdout.write(
    `${name}: ${cases} cases, ${images.size} distinct images, ${converged} converged, ${violations.length} violations\n`,
  );
}

/** A machine that lived through `story`. */
function after(machine: Machine, live: (running: ReturnType<typeof powerUp>) => void): Machine {
  const running = powerUp(copyOf(machine));
  live(running);
  return running.machine();
}

const withFirstTable = (size: StorageSize = SMALL): Machine =>
  after(aMachine(one, size), (running) => takeSet(running, one));

const firstSync: Story = {
  name: 'first sync',
  start: aMachine(one, SMALL),
  facts: someFacts({ newSet: one }),
  play(running, facts) {
    takeSet(running, one);
    facts.isCommitted = true;
    writeSettings(running, facts, { bootCount: 1 });
    appendEvent(running, facts);
  },
};

const secondSync = (size: StorageSize = SMALL): Story => ({
  name: 'second sync',
  start: withFirstTable(size),
  facts: someFacts({ oldSet: one, newSet: two }),
  play(running, facts) {
    writeSettings(running, facts, { bootCount: 2 });
    takeSet(running, two);
    facts.isCommitted = true;
    appendEvent(running, facts);
  },
});

const resumedSync: Story = {
  name: 'sync resumed after a reboot',
  start: after(withFirstTable(), ({ storage }) => {
    const stage = storage.openStage({ ...two.manifest, manifestHash: two.manifestHash }, two.manifestBytes);
    stage.writeChunk(1, chunksOf(two)[1]!);
  }),
  facts: someFacts({ oldSet: one, newSet: two }),
  play(running, facts) {
    takeSet(running, two);
    facts.isCommitted = true;
  },
};

/** Nearly a whole block of settings, so that the story crosses a compaction. */
const lockout: Story = {
  name: 'wrong codes counted',
  start: after(withFirstTable(), ({ storage }) => {
    for (let n = 1; n <= 106; n++) storage.settings.write({ lockoutFailures: n });
  }),
  facts: someFacts({
    oldSet: one,
    newSet: two,
    settings: { lockoutFailures: 106 },
    settingsUnderWay: { lockoutFailures: 106 },
  }),
  play(running, facts) {
    for (let n = 107; n <= 112; n++) writeSettings(running, facts, { lockoutFailures: n });
  },
};

const RING_ROWS = 3 * 30;

const logWrap: Story = {
  name: 'event log going round',
  start: after(withFirstTable(), ({ storage }) => {
    for (let n = 1; n < RING_ROWS; n++) storage.events.append(anEvent());
    storage.events.acknowledge(5);
  }),
  facts: someFacts({
    oldSet: one,
    newSet: two,
    events: Array.from({ length: RING_ROWS - 1 }, (_, i) => i + 1),
  }),
  play(running, facts) {
    for (let n = 0; n < 4; n++) appendEvent(running, facts);
  },
};

describe(
  'A power cut at any operation, torn in any way, and again while boot mends',
  { timeout: PROOF_LIMIT_MS },
  () => {
    const stories = [firstSync, secondSync(), resumedSync, lockout, logWrap];
    it.each(stories)('leaves exactly the old or the new table, and no counter falls: $name', (story) => {
      const proof = cutEverywhere(story, STORY_FORM);
      tell(story.name, proof);
      expect(proof.violations.slice(0, 5)).toEqual([]);
      expect(proof.cases).toBeGreaterThan(proof.operations * 10);
      expect(proof.converged).toBeGreaterThan(5);
    });

    const geometries: StorageSize[] = [
      { ...SMALL, sectorBytes: 1024, pageBytes: 64 },
      { ...SMALL, sectorBytes: 1024, pageBytes: 512 },
      { ...SMALL, sectorBytes: 16_384, pageBytes: 128 },
      { ...SMALL, sectorBytes: 65_536, pageBytes: 256 },
    ];
    it.each(geometries)(
      'holds on a part with sectors of $sectorBytes and pages of $pageBytes bytes',
      (size) => {
        const proof = cutEverywhere(secondSync(size), GEOMETRY_FORM);
        tell(`sectors of ${size.sectorBytes ?? 0}, pages of ${size.pageBytes ?? 0}`, proof);
        expect(proof.violations.slice(0, 5)).toEqual([]);
        expect(proof.converged).toBeGreaterThan(2);
      },
    );

    it('holds with the engine that real firmware would run', () => {
      const story = secondSync();
      const start = { ...story.start, engine: portableEngine };
      const proof = cutEverywhere({ ...story, start }, { tears: 4, convergeEvery: 20 });
      expect(proof.violations.slice(0, 5)).toEqual([]);
      expect(proof.converged).toBeGreaterThan(2);
    });

    it('is the same whether it falls in the running parts or on the snapshot before', () => {
      const story = secondSync();
      for (const moment of recordStory(story).filter(({ index }) => index % 7 === 0)) {
        const limit = { seed: moment.index, limit: 9 };
        for (const tear of enumerateTears(moment.operation, 4096, limit)) {
          const left = playCutAt(story, moment.index, tear);
          const expected = machineAfter(moment, tear);
          expect(left?.image.hash()).toBe(expected.image.hash());
          expect(left?.contents).toEqual(expected.contents);
        }
      }
    });
  },
);
