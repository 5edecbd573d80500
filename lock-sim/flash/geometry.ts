// The shape of a NOR flash part: sectors are erased whole, pages are programmed in part or whole. Firmware
// learns it from here and assumes no sector or page size of its own.
import { invariant } from '#protocol/errors.ts';

export interface FlashGeometry {
  readonly sectorBytes: number;
  readonly pageBytes: number;
  readonly sectors: number;
}

export const DEFAULT_SECTOR_BYTES = 4096;
export const DEFAULT_PAGE_BYTES = 256;
/** What the simulator and its tests cover. */
export const SECTOR_BYTES_CHOICES: readonly number[] = [1024, 4096, 16_384, 65_536];
export const PAGE_BYTES_CHOICES: readonly number[] = [64, 128, 256, 512];
export const MAX_SECTORS = 16_384;

/** Throws InvariantError where a geometry is outside what the model covers. */
export function checkGeometry(geometry: FlashGeometry): void {
  invariant(isGeometry(geometry), `flash geometry ${JSON.stringify(geometry)} is one that the model covers`);
}

export function isGeometry({ sectorBytes, pageBytes, sectors }: FlashGeometry): boolean {
  return (
    SECTOR_BYTES_CHOICES.includes(sectorBytes) &&
    PAGE_BYTES_CHOICES.includes(pageBytes) &&
    Number.isInteger(sectors) &&
    sectors > 0 &&
    sectors <= MAX_SECTORS
  );
}

export const flashBytes = (geometry: FlashGeometry): number => geometry.sectorBytes * geometry.sectors;
