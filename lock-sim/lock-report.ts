// What a person at the bench may know of a lock: states, versions, counts. No secret, no code, no key.
import { encodeHex } from '#protocol/bytes.ts';
import { countBits } from '#protocol/bitmap.ts';
import { shortId } from '#protocol/ids.ts';
import type { ClockTrust, TableState } from '#protocol/signed/receipt.ts';
import { formatTriple } from '#protocol/triple.ts';
import type { DoorHardware } from './door-hardware.ts';
import type { Firmware, LockModel } from './firmware.ts';
import type { Body } from './mechanics/body.ts';
import type { Profile } from './mechanics/profile.ts';
import type { StorageLayout } from './storage/layout.ts';

export interface LockReport {
  readonly powered: boolean;
  readonly lockId: string | undefined;
  readonly activated: boolean | undefined;
  readonly activationWindowOpen: boolean | undefined;
  readonly tableState: TableState | undefined;
  /** "ownership.key.version", undefined without a table. */
  readonly version: string | undefined;
  readonly tableHash: string | undefined;
  readonly activeSlot: 'A' | 'B' | undefined;
  readonly staging: { readonly version: string; readonly chunks: number; readonly of: number } | undefined;
  readonly connected: boolean | undefined;
  readonly boots: number | undefined;
  readonly events: number | undefined;
  readonly clockTrust: ClockTrust | undefined;
  readonly batteryPercent: number;
  readonly profile: Profile;
  readonly body: Body;
  readonly capacityRows: number;
  readonly firmware: number;
  readonly flashSectors: number;
}

export function lockReport(
  firmware: Firmware | undefined,
  device: { readonly layout: StorageLayout; readonly model: LockModel; readonly hardware: DoorHardware },
): LockReport {
  const facts = firmware?.facts();
  const transfer = firmware?.conversation.sync.transfer;
  return {
    powered: firmware !== undefined,
    lockId: facts && shortId(facts.lockId),
    activated: facts?.activated,
    activationWindowOpen: facts?.activationWindowOpen,
    tableState: facts?.tableState,
    version: facts?.active && formatTriple(facts.active.triple),
    tableHash: facts?.active && encodeHex(facts.active.tableHash.subarray(0, 8)),
    activeSlot: firmware?.storage.table?.slot,
    staging:
      transfer?.triple !== undefined
        ? {
            version: formatTriple(transfer.triple),
            chunks: countBits(transfer.have),
            of: transfer.list.chunkCount,
          }
        : undefined,
    connected: firmware?.conversation.isConnected,
    boots: firmware?.storage.settings.values.bootCount,
    events: firmware?.storage.events.lastSequence,
    clockTrust: firmware?.time().trust,
    batteryPercent: device.hardware.battery.reading.percent,
    profile: device.hardware.profile,
    body: device.hardware.body,
    capacityRows: device.model.capacityRows,
    firmware: facts?.firmware ?? device.model.firmware,
    flashSectors: device.layout.sectors,
  };
}
