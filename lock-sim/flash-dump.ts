// A look at the flash from outside, region by region, and its cells as they are: sealed, so that no code, key or
// name is in them.
import { isBlank } from './storage/medium.ts';
import type { FlashStore } from './flash/flash-store.ts';
import { flashBytes } from './flash/geometry.ts';
import type { Region, StorageLayout } from './storage/layout.ts';
import type { FlashRegion } from './control/messages.ts';
import type { Dump, DumpedRegion, DumpedSector } from './control/replies.ts';

interface Part {
  readonly name: string;
  readonly of: FlashRegion;
  readonly regions: readonly Region[];
}

function partsOf({ settings, events, slots, images }: StorageLayout): Part[] {
  const slot = (name: 'A' | 'B', of: FlashRegion): Part[] => [
    { name: `slot ${name} manifest`, of, regions: [slots[name].manifest] },
    { name: `slot ${name} commit`, of, regions: slots[name].commits },
    { name: `slot ${name} chunks`, of, regions: [slots[name].chunks] },
  ];
  return [
    { name: 'settings', of: 'settings', regions: settings.flat() },
    { name: 'event log', of: 'event-log', regions: events },
    ...slot('A', 'slot-a'),
    ...slot('B', 'slot-b'),
    { name: 'image 1', of: 'images', regions: [images[1]] },
    { name: 'image 2', of: 'images', regions: [images[2]] },
  ];
}

export const sectorsOfRegion = (layout: StorageLayout, region: FlashRegion): number[] =>
  partsOf(layout)
    .filter(({ of }) => of === region)
    .flatMap(sectorsOf);

const sectorsOf = ({ regions }: Part): number[] =>
  regions.flatMap(({ sector, sectors }) => Array.from({ length: sectors }, (_, i) => sector + i));

export function dumpFlash(flash: FlashStore, layout: StorageLayout): Dump {
  const image = new Uint8Array(flashBytes(flash.geometry));
  flash.read(0, image);
  const { sectorBytes, pageBytes } = flash.geometry;
  const stateOf = (sector: number): DumpedSector['state'] => {
    if (flash.isBad?.(sector) === true) return 'bad';
    if (flash.unstableSeed(sector) !== 0) return 'unstable';
    return isBlank(image.subarray(sector * sectorBytes, (sector + 1) * sectorBytes)) ? 'blank' : 'written';
  };
  const regions: DumpedRegion[] = [];
  const sectors: DumpedSector[] = [];
  for (const part of partsOf(layout)) {
    const own = sectorsOf(part).map((sector) => ({
      sector,
      region: part.name,
      state: stateOf(sector),
      erases: flash.eraseCount(sector),
    }));
    sectors.push(...own);
    regions.push({
      name: part.name,
      firstSector: own[0]?.sector ?? 0,
      sectors: own.length,
      writtenSectors: own.filter(({ state }) => state !== 'blank').length,
      erases: own.reduce((sum, { erases }) => sum + erases, 0),
    });
  }
  return { sectorBytes, pageBytes, regions, sectors, image: Buffer.from(image).toString('base64') };
}
