// How long things take on a link, and what it can carry at most: pure arithmetic from the link's settings.
// A pair is one packet of the central, T_IFS, one packet of the peripheral, T_IFS; an event holds whole pairs.
// Core Specification 5.4: Vol 6 Part B, 2.1 (packet formats), 4.1.1 (T_IFS), 4.5.1 (connection events).

export interface LinkSettings {
  /** Connection interval, a multiple of 1.25 ms. */
  readonly intervalMs: number;
  readonly phy: '1M' | '2M';
  /** 27, or up to 251 with the data length extension. */
  readonly maxPayloadBytes: number;
  /** Phones and some controllers end an event early, after so many pairs. */
  readonly pairsPerEventMax?: number;
  /** Between a host and its controller, either way. */
  readonly hostLatencyMs: number;
  /** A message integrity code of 4 bytes on every packet with payload. */
  readonly encrypted: boolean;
}

/** The link of the benchmarks: 2M, 251-byte packets, 30 ms, unencrypted, host latency 1 ms. */
export const USUAL_LINK: LinkSettings = {
  intervalMs: 30,
  phy: '2M',
  maxPayloadBytes: 251,
  hostLatencyMs: 1,
  encrypted: false,
};

const T_IFS_US = 150;
const ACCESS_HEADER_CRC_BYTES = 4 + 2 + 3;
export const MIC_BYTES = 4;
/** L2CAP's basic header and ATT's opcode and handle, in front of a written value. */
const VALUE_OVERHEAD_BYTES = 4 + 3;
/** The longest value that fits one 251-byte packet; no frame is longer. */
const VALUE_BYTES_MAX = 244;

export function packetUs(settings: LinkSettings, payloadBytes: number): number {
  const preambleBytes = settings.phy === '2M' ? 2 : 1;
  const micBytes = settings.encrypted && payloadBytes > 0 ? MIC_BYTES : 0;
  const usPerByte = settings.phy === '2M' ? 4 : 8;
  return (preambleBytes + ACCESS_HEADER_CRC_BYTES + payloadBytes + micBytes) * usPerByte;
}

/** One pair, its trailing T_IFS included. */
export function pairUs(settings: LinkSettings, centralBytes: number, peripheralBytes: number): number {
  return packetUs(settings, centralBytes) + T_IFS_US + packetUs(settings, peripheralBytes) + T_IFS_US;
}

export interface LinkLimit {
  /** The value size that the limit holds for: the one that fills its packets best. */
  readonly valueBytes: number;
  readonly packetsPerValue: number;
  readonly pairsPerEvent: number;
  readonly valueBytesPerEvent: number;
  readonly bytesPerSecond: number;
}

/**
 * The most that write commands can carry: whole pairs of a full packet and an empty answer that fit an interval,
 * times the value bytes in them. `valueBytes` asks for a size other than the best.
 */
export function linkLimit(settings: LinkSettings, valueBytes = bestValueBytes(settings)): LinkLimit {
  const packetsPerValue = packetsOf(settings, valueBytes);
  const fullPair = pairUs(settings, settings.maxPayloadBytes, 0);
  const fitting = Math.floor((settings.intervalMs * 1000) / fullPair);
  const pairsPerEvent = Math.min(fitting, settings.pairsPerEventMax ?? Infinity);
  const valueBytesPerEvent = (pairsPerEvent * valueBytes) / packetsPerValue;
  return {
    valueBytes,
    packetsPerValue,
    pairsPerEvent,
    valueBytesPerEvent,
    bytesPerSecond: (valueBytesPerEvent * 1000) / settings.intervalMs,
  };
}

const packetsOf = (settings: LinkSettings, valueBytes: number): number =>
  Math.ceil((valueBytes + VALUE_OVERHEAD_BYTES) / settings.maxPayloadBytes);

function bestValueBytes(settings: LinkSettings): number {
  let best = 1;
  for (let bytes = 1; bytes <= VALUE_BYTES_MAX; bytes++) {
    if (bytes / packetsOf(settings, bytes) >= best / packetsOf(settings, best)) best = bytes;
  }
  return best;
}
