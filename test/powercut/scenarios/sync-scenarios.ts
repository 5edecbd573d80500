// Door Syncs: first, later, broken off and gone on with, replaced, refused.
import { reSigned } from '#test/builders/signed-set.ts';
import type { Scenario } from '../scenario.ts';
import { aTable, TWO_CHUNKS_OF_ROWS } from '../tables.ts';
import type { World } from '../world.ts';

const one = aTable(1);
const two = aTable(2, { rows: TWO_CHUNKS_OF_ROWS });
const three = aTable(3);
const four = aTable(4, { rows: TWO_CHUNKS_OF_ROWS });
const withOne = (world: World): void => void world.sync(one);

/** Most offers here are refused: the lock stays with what it has, and the flash with what it holds. */
const refusals = (world: World): void => {
  const courier = world.courier();
  const offers = [
    one, // the table in force
    aTable(1, { rows: 9 }), // another table of that version
    { ...three, manifestBytes: reSigned(three, { triple: { ...three.triple, ownershipEpoch: 2 } }) },
    { ...three, manifestBytes: reSigned(three, { triple: { ...three.triple, tableVersion: 100_000 } }) },
    { ...three, manifestBytes: reSigned(three, { minimumFirmware: 9_999 }) },
    aTable(8, { rows: 400 }),
    { ...three, manifestBytes: three.manifestBytes.map((byte, i) => (i === 200 ? byte ^ 1 : byte)) },
  ];
  offers.forEach((set, i) => courier.offer(set, { offerId: i + 1 }));
  world.wait();
  courier.leave();
};

export const SYNC_SCENARIOS: readonly Scenario[] = [
  {
    name: 'first-sync',
    machine: 'activated, its flash blank',
    happens: 'the first boot, then a set of two chunks',
    goal: one,
    play: (world) => void world.sync(one),
  },
  {
    name: 'first-sync-of-three-chunks',
    machine: 'activated and booted once',
    happens: 'a set of three chunks',
    goal: two,
    prepare: () => undefined,
    play: (world) => void world.sync(two),
  },
  {
    name: 'second-sync',
    machine: 'two chunks in force',
    happens: 'a set of three chunks goes into the other slot',
    goal: two,
    prepare: withOne,
    play: (world) => void world.sync(two),
  },
  {
    name: 'third-sync',
    machine: 'three chunks in force, an older table in the other slot',
    happens: 'a set of two chunks goes over the older table',
    goal: three,
    prepare: (world) => [one, two].forEach((set) => world.sync(set)),
    play: (world) => void world.sync(three),
  },
  {
    name: 'three-syncs-in-a-row',
    machine: 'two chunks in force',
    happens: 'three newer sets, one after another: each slot is used again',
    goal: four,
    prepare: withOne,
    play: (world) => [two, three, four].forEach((set) => world.sync(set)),
  },
  {
    name: 'empty-table',
    machine: 'three chunks in force',
    happens: 'a set without a row: everybody is shut out',
    goal: aTable(5, { rows: 0 }),
    prepare: (world) => void world.sync(two),
    play: (world) => void world.sync(aTable(5, { rows: 0 })),
  },
  {
    name: 'rows-after-an-empty-table',
    machine: 'a table of the head alone in force',
    happens: 'a set with rows',
    goal: aTable(6),
    prepare: (world) => void world.sync(aTable(5, { rows: 0 })),
    play: (world) => void world.sync(aTable(6)),
  },
  {
    name: 'resume-by-chunk-after-a-reboot',
    machine: 'two chunks in force, one chunk of a newer set in flash',
    happens: 'another courier brings the rest',
    goal: two,
    prepare(world) {
      withOne(world);
      world.syncPartly(two, [1]);
    },
    play: (world) => void world.sync(two),
  },
  {
    name: 'resume-by-frame',
    machine: 'two chunks in force',
    happens: 'a courier leaves in the middle of a chunk, another goes on with the next frame',
    goal: two,
    prepare: withOne,
    play(world) {
      const courier = world.courier();
      courier.offer(two);
      for (let frame = 0; frame < 25; frame++) courier.frame(frame);
      world.wait();
      courier.leave();
      world.sync(two);
    },
  },
  {
    name: 'reboot-in-the-middle-of-a-set',
    machine: 'two chunks in force',
    happens: 'the battery is pulled between two chunks, then the rest comes',
    goal: two,
    prepare: withOne,
    play(world) {
      world.syncPartly(two, [0, 2]);
      world.reboot();
      world.sync(two);
    },
  },
  {
    name: 'stage-replaced-by-a-higher-version',
    machine: 'two chunks in force, a newer set half in flash',
    happens: 'a set that is newer still takes its place',
    goal: four,
    prepare(world) {
      withOne(world);
      world.syncPartly(two, [0, 1]);
    },
    play: (world) => void world.sync(four),
  },
  {
    name: 'stage-replaced-within-a-boot',
    machine: 'two chunks in force',
    happens: 'half a set comes, then a newer one, whole',
    goal: four,
    prepare: withOne,
    play(world) {
      world.syncPartly(two, [0, 1]);
      world.sync(four);
    },
  },
  {
    name: 'stage-given-up-for-a-lower-version',
    machine: 'two chunks in force',
    happens: 'half of version 4 comes and stands still for a minute, then version 3 is brought, whole',
    goal: four,
    prepare: withOne,
    play(world) {
      world.syncPartly(four, [0]);
      world.wait(60_000);
      world.sync(three);
    },
  },
  {
    name: 'same-set-again',
    machine: 'three chunks in force',
    happens: 'the very set is brought twice more: a receipt each, nothing written for it',
    goal: two,
    prepare: (world) => void world.sync(two),
    play: (world) => [two, two].forEach((set) => world.sync(set)),
  },
  {
    name: 'offers-refused',
    machine: 'two chunks in force',
    happens:
      'offers that are stale, in conflict, of another owner, too far ahead, too new, too large, forged',
    goal: two,
    prepare: withOne,
    play: refusals,
  },
  {
    name: 'offers-refused-without-a-table',
    machine: 'activated, booted once',
    happens: 'the same offers, none of which it can take',
    goal: two,
    prepare: () => undefined,
    play(world) {
      const courier = world.courier();
      courier.offer({ ...three, manifestBytes: reSigned(three, { minimumFirmware: 9_999 }) });
      world.wait();
      courier.leave();
    },
  },
  {
    name: 'rubbish-then-the-set',
    machine: 'two chunks in force',
    happens: 'a courier spoils a chunk and is refused, the next one brings the set whole',
    goal: two,
    prepare: withOne,
    play(world) {
      const courier = world.courier();
      courier.offer(two);
      world.wait(1);
      for (let frame = 0; frame < 17; frame++)
        courier.frame(frame, (payload) => payload.map((byte) => byte ^ 1));
      world.wait();
      courier.leave();
      world.sync(two);
    },
  },
  {
    name: 'openings-during-a-sync',
    machine: 'two chunks in force',
    happens: 'people open the door between the chunks of a newer set',
    goal: two,
    prepare: withOne,
    play(world) {
      const courier = world.courier();
      courier.offer(two);
      world.wait(1);
      for (let chunk = 0; chunk < 3; chunk++) {
        courier.chunk(chunk);
        world.press(one.codes[chunk] ?? '');
        world.wait();
      }
      world.press(two.codes[0] ?? '');
      courier.leave();
    },
  },
  {
    name: 'twenty-five-chunks',
    machine: 'two chunks in force',
    happens: 'a set of 3,000 rows',
    size: { capacityChunks: 25 },
    tears: 20,
    goal: aTable(7, { rows: 3_000 }),
    prepare: withOne,
    play: (world) => void world.sync(aTable(7, { rows: 3_000 })),
  },
];
