// The port of the side that scans and connects. One operation at a time is on the air per link: calls queue.
// Every promise settles: with its result, or with a RadioError by its deadline or as the link drops.
import type { AdvertReport, GattTable, Uuid } from './gatt.ts';

export interface ScanOptions {
  readonly serviceUuids: readonly Uuid[];
  /** Called for every report, duplicates included, so that a rotated advert is seen. */
  readonly onReport: (report: AdvertReport) => void;
}

export interface Scan {
  /** Idempotent. No report comes after it settles. */
  stop(): Promise<void>;
}

export interface ConnectOptions {
  /** From the call until the link is up and its table known. Default 10,000. */
  readonly deadlineMs?: number;
  /** From an earlier meeting with a peer of the same GATT version: no discovery is made. */
  readonly gattTable?: GattTable;
  /** Discovers the characteristics of these services alone, which saves round trips. By default of all. */
  readonly serviceUuids?: readonly Uuid[];
  /** Where the platform does not tell the MTU: no higher one is hoped for. Where it does, nothing. */
  readonly mtuMax?: number;
  /** Ends the wait early with CONNECT_FAILED. */
  readonly signal?: AbortSignal;
}

export interface CentralLink {
  readonly peripheralId: string;
  /** The ATT MTU agreed on; a value is at most `mtu - 3` bytes. */
  readonly mtu: number;
  /** True where the platform tells no MTU: `mtu` is hoped for, and no more than ATT_DEFAULT_MTU is sure to arrive whole. */
  readonly isMtuGuess?: boolean;
  /** The most of payload that one packet of the link carries from this side, as far as the platform tells it. */
  readonly packetBytes?: number | undefined;
  readonly gattTable: GattTable;
  /** Settles once the link is down, whoever ended it. Never rejects. */
  readonly closed: Promise<void>;

  read(characteristic: Uuid, deadlineMs?: number): Promise<Uint8Array>;
  /** Write request: settles with the peer's answer. */
  write(characteristic: Uuid, value: Uint8Array, deadlineMs?: number): Promise<void>;
  /**
   * Write command: settles when it is queued in the host, in order. Pace it from the protocol: a queue is not
   * an acknowledgement.
   */
  writeCommand(characteristic: Uuid, value: Uint8Array): Promise<void>;
  /** Writes the CCCD; then `onValue` gets each notification, a copy it owns. */
  subscribe(characteristic: Uuid, onValue: (value: Uint8Array) => void, deadlineMs?: number): Promise<void>;
  /** Idempotent; settles once the link is down. */
  disconnect(): Promise<void>;
}

export interface Central {
  /** Only one scan at a time; a second is refused with SCAN_FAILED. Connecting pauses it where it must. */
  scan(options: ScanOptions): Promise<Scan>;
  connect(peripheralId: string, options?: ConnectOptions): Promise<CentralLink>;
  /** Ends the scan and every link. Idempotent. */
  close(): Promise<void>;
}
