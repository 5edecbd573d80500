// A look at the flash from outside, region by region, and its cells as they are: sealed, so that no code, key or
// name is in them.
import { isBlank } from './storage/medium.ts';
import type { FlashStore } from './flash/flash-store.ts';
import { flashBytes } from './flash/geometry.ts';
import type { Region, StorageLayout } from './storage/layout.ts';
import type { Dump, DumpedRegion } from './control/messages.ts';

export function dumpFlash(flash: FlashStore, layout: StorageLayout): Dump {
  const image = new Uint8Array(flashBytes(flash.geometry));
  flash.read(0, image);
  const { sectorBytes, pageBytes } = flash.geometry;
  const describe = (name: string, regions: readonly Region[]): DumpedRegion => {
    const sectors = regions.flatMap(({ sector, sectors: count }) =>
      Array.from({ length: count }, (_, i) => sector + i),
    );
    const isWritten = (sector: number): boolean =>
      !isBlank(image.subarray(sector * sectorBytes, (sector + 1) * sectorBytes));
    return {
      name,
      firstSector: sectors[0] ?? 0,
      sectors: sectors.length,
      writtenSectors: sectors.filter(isWritten).length,
      erases: sectors.reduce((sum, sector) => sum + flash.eraseCount(sector), 0),
    };
  };
  const slot = (name: 'A' | 'B'): DumpedRegion[] => {
    const { manifest, commits, chunks } = layout.slots[name];
    return [
      describe(`slot ${name} manifest`, [manifest]),
      describe(`slot ${name} commit`, commits),
      describe(`slot ${name} chunks`, [chunks]),
    ];
  };
  return {
    sectorBytes,
    pageBytes,
    regions: [
      describe('settings', layout.settings.flat()),
      describe('event log', layout.events),
      ...slot('A'),
      ...slot('B'),
    ],
    image: Buffer.from(image).toString('base64'),
  };
}
