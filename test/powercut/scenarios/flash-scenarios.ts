// Parts that are not what they should be: other geometries, rot, worn cells, a flash of an earlier day.
import type { FlashImage } from '#lock-sim/flash/flash-image.ts';
import type { Region, SlotLayout } from '#lock-sim/storage/layout.ts';
import type { Scenario } from '../scenario.ts';
import type { Parts } from '../setup.ts';
import { aTable, TWO_CHUNKS_OF_ROWS } from '../tables.ts';
import type { World } from '../world.ts';

const one = aTable(1);
const two = aTable(2, { rows: TWO_CHUNKS_OF_ROWS });
const three = aTable(3, { rows: TWO_CHUNKS_OF_ROWS });
const withOneAndTwo = (world: World): void => [one, two].forEach((set) => world.sync(set));

/** Clears one bit that is set, in the first of so many bytes that has one. */
function rotAt({ image }: Parts, address: number): void {
  const page = new Uint8Array(64);
  image.read(address, page);
  const at = page.findIndex((byte) => byte !== 0);
  const byte = page[at] ?? 0;
  image.write(address + at, Uint8Array.of(byte & (byte - 1)));
}

const rotten =
  (regionsOf: (parts: Parts) => readonly Region[], offset = 8) =>
  (parts: Parts): Parts => {
    const copy = { ...parts, image: parts.image.snapshot() };
    for (const { address } of regionsOf(copy)) rotAt(copy, address + offset);
    return copy;
  };

/** The first set goes into slot A, the second into slot B. */
const slotInForce = ({ layout }: Parts): SlotLayout => layout.slots.B;

const onPart = (sectorBytes: number, pageBytes: number): Scenario => ({
  name: `sectors-of-${sectorBytes}-pages-of-${pageBytes}`,
  machine: `two chunks in force, on a part with sectors of ${sectorBytes} and pages of ${pageBytes} bytes`,
  happens: 'a set of three chunks and an opening',
  size: { sectorBytes, pageBytes },
  goal: two,
  prepare: (world) => void world.sync(one),
  play(world) {
    world.sync(two);
    world.press(two.codes[0] ?? '');
  },
});

/** A lock whose flash was put back to `image` while its secure element went on. */
function putBack(): Pick<Scenario, 'prepare' | 'befall' | 'afterwards'> {
  let earlier: FlashImage | undefined;
  return {
    prepare(world) {
      world.sync(one);
      earlier = world.bench.image();
      world.sync(two);
    },
    befall: (parts) => (earlier === undefined ? parts : { ...parts, image: earlier.snapshot() }),
    afterwards: (world) =>
      world.bench.events().some(({ type }) => type === 'flashReplaced')
        ? undefined
        : 'no row of the log tells that the flash was put back',
  };
}

export const FLASH_SCENARIOS: readonly Scenario[] = [
  onPart(1_024, 64),
  onPart(1_024, 512),
  onPart(4_096, 512),
  onPart(16_384, 128),
  onPart(65_536, 256),
  {
    name: 'resume-on-large-sectors',
    machine: 'sectors of 16 KiB that hold all chunks of a slot; one chunk of a newer set in flash',
    happens: 'the rest comes, in the order 2, 0',
    size: { sectorBytes: 16_384 },
    goal: two,
    prepare(world) {
      world.sync(one);
      world.syncPartly(two, [1]);
    },
    play(world) {
      world.syncPartly(two, [2, 0]);
      world.sync(two);
    },
  },
  {
    name: 'degraded-boot',
    machine: 'a chunk of the table in force has rotted',
    happens: 'the lock boots degraded and takes the set of its floor again',
    goal: two,
    prepare: withOneAndTwo,
    befall: rotten((parts) => [slotInForce(parts).chunks]),
    play: (world) => void world.sync(two),
  },
  {
    name: 'degraded-boot-and-a-newer-set',
    machine: 'a chunk of the table in force has rotted',
    happens: 'a newer set comes',
    goal: three,
    prepare: withOneAndTwo,
    befall: rotten((parts) => [slotInForce(parts).chunks], 5_000),
    play: (world) => void world.sync(three),
  },
  {
    name: 'rot-in-one-commit-copy',
    machine: 'one copy of the commit record has rotted',
    happens: 'boot mends it, then a newer set comes',
    goal: three,
    prepare: withOneAndTwo,
    befall: rotten((parts) => [slotInForce(parts).commits[0]]),
    play: (world) => void world.sync(three),
  },
  {
    name: 'rot-in-the-manifest',
    machine: 'the manifest of the table in force has rotted',
    happens: 'the lock boots degraded and takes a newer set',
    goal: three,
    prepare: withOneAndTwo,
    befall: rotten((parts) => [slotInForce(parts).manifest], 600),
    play: (world) => void world.sync(three),
  },
  {
    name: 'rot-in-one-settings-copy',
    machine: 'the first copy of the settings has rotted',
    happens: 'boot mends it, then a newer set comes',
    goal: three,
    prepare: withOneAndTwo,
    befall: rotten(({ layout }) => layout.settings[0], 300),
    play: (world) => void world.sync(three),
  },
  {
    name: 'rot-in-the-log',
    machine: 'a row of the log has rotted',
    happens: 'an opening, and a newer set',
    goal: three,
    prepare: withOneAndTwo,
    befall: rotten(({ layout }) => layout.events.slice(0, 1), 400),
    play(world) {
      world.press(two.codes[0] ?? '');
      world.sync(three);
    },
  },
  {
    name: 'flash-put-back',
    machine: 'the flash is of the day before the newest set',
    happens: 'boot notices and believes none of its tables; the newest set is taken again',
    holds: 'However often boot is cut, the log tells of it in the end',
    goal: two,
    ...putBack(),
    play: (world) => void world.sync(two),
  },
  {
    name: 'flash-lost',
    machine: 'activated, with a floor, and a blank flash in the place of its own',
    happens: 'it boots degraded and takes the set of its floor again',
    goal: two,
    prepare: withOneAndTwo,
    befall: (parts) => blank(parts),
    play: (world) => void world.sync(two),
  },
  {
    name: 'torn-erase-left-in-the-stage',
    machine: 'an earlier cut left a sector of the stage that reads differently from read to read',
    happens: 'the set comes again',
    goal: three,
    prepare: withOneAndTwo,
    befall(parts) {
      const image = parts.image.snapshot();
      for (const { sector } of [parts.layout.slots.A.manifest, parts.layout.slots.A.chunks]) {
        image.setUnstableSeed(sector, 0x5eed + sector);
      }
      return { ...parts, image };
    },
    play: (world) => void world.sync(three),
  },
];

function blank(parts: Parts): Parts {
  const image = parts.image.snapshot();
  for (let sector = 0; sector < parts.layout.sectors; sector++) image.clear(sector);
  return { ...parts, image };
}
