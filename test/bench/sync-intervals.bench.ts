// A whole Door Sync in connection intervals, from the first connection event to the receipt, beyond what its frames take
// at the limit of the link; and what one changed row costs in bytes. The real noble on the real bleno, virtual time, no
// firmware or flash time.
import { SYNC_DATA } from '#protocol/sync/gatt.ts';
import { ATT_VALUE_AT } from '#radio/air/att-tap.ts';
import { linkLimit, USUAL_LINK } from '#radio/air/link-model.ts';
import type { KnownHandles } from '#gateway/courier/delivery.ts';
import { aDelta } from '#test/builders/delta.ts';
import { aDoorcodeRow, aSignedSet, doorcodes, type BuiltSet } from '#test/builders/signed-set.ts';
import type { Bench, Figure } from './figure.ts';
import { aRig, type Rig } from './sync-rig.ts';

const ROWS = 3_000;
const CHUNKS = 25;
/** At the usual link the limit's frames are packets of their own. */
const LIMIT = linkLimit(USUAL_LINK);
/** ATT opcodes that carry a value from handle 3 on: write request and command, notification (Vol 3 Part F, 3.4). */
const WITH_HANDLE = new Set([0x12, 0x52, 0x1b]);
/** And read responses, which carry it at once. */
const READ_RESPONSES = new Set([0x0b, 0x0d]);
const NOTIFICATION = 0x1b;
const WRITE_COMMAND = 0x52;

export const bench: Bench = {
  name: 'sync-intervals',
  async run() {
    const rig = await aRig({ link: USUAL_LINK, capacityChunks: CHUNKS + 1 });
    const setOf = (tableVersion: number, changed: number): BuiltSet =>
      aSignedSet({
        lock: rig.built,
        tableVersion,
        rows: doorcodes(ROWS).map((code, i) =>
          aDoorcodeRow(rig.built, code, i + 1, i === 0 ? { endS: 2_000_000_000 + changed } : {}),
        ),
      });
    const [one, two, three, four] = [setOf(1, 1), setOf(2, 2), setOf(3, 3), setOf(4, 4)];
    const first = await sync(rig, one, undefined);
    const cached = await sync(rig, two, first.handles);
    const row = await sync(rig, aDelta(two, three), cached.handles);
    const rowFirst = await sync(rig, aDelta(three, four), undefined);
    await rig.close();
    const figure = (name: string, value: number, atMost: number): Figure => ({
      name,
      value,
      atMost,
      unit: '',
      kind: 'ratio',
    });
    return [
      figure('sync.intervals.full_cached', cached.intervals, 12),
      figure('sync.intervals.full_first', first.intervals, 20),
      figure('sync.intervals.row_cached', row.intervals, 10),
      figure('sync.intervals.row_first', rowFirst.intervals, 20),
      { ...figure('delta.bytes', row.valueBytes, 800), unit: 'B' },
      figure('sync.lossy_bytes', (await lossyBytes()) / first.frameBytes, 1.2),
    ];
  },
};

/** Frame bytes that reach a lock over a link that loses packets, and is lost itself again and again. */
async function lossyBytes(): Promise<number> {
  const faults = { seed: 1, packetLoss: 0.1, loseLinkEveryBytes: 20 * 1024 };
  const rig = await aRig({ link: USUAL_LINK, capacityChunks: CHUNKS + 1, faults });
  const { frameBytes } = await sync(rig, aSignedSet({ lock: rig.built, rows: ROWS }), undefined);
  await rig.close();
  return frameBytes;
}

interface Measured {
  readonly handles: KnownHandles | undefined;
  /** Beyond the frames at the link's limit. */
  readonly intervals: number;
  readonly valueBytes: number;
  readonly frameBytes: number;
}

async function sync(rig: Rig, set: BuiltSet, handles: KnownHandles | undefined): Promise<Measured> {
  rig.records.length = 0;
  const outcome = await rig.deliver(set, { handles });
  if (outcome.result !== 'applied') throw new Error(`the sync ended as ${outcome.result}`);
  const receipt = rig.records.findLast(({ from, pdu }) => from === 'peripheral' && pdu[0] === NOTIFICATION);
  if (receipt === undefined) throw new Error('no receipt came');
  const dataHandle = handleOf(outcome.handles, SYNC_DATA);
  const frames = rig.records
    .filter(({ from, pdu }) => from === 'central' && pdu[0] === WRITE_COMMAND && pdu[1] === dataHandle)
    .reduce((sum, { pdu }) => sum + pdu.length - ATT_VALUE_AT, 0);
  return {
    handles: outcome.handles,
    frameBytes: frames,
    intervals: receipt.event - Math.ceil(frames / LIMIT.valueBytesPerEvent),
    valueBytes: rig.records.reduce((sum, { pdu }) => sum + valueBytesOf(pdu), 0),
  };
}

function handleOf(known: KnownHandles | undefined, uuid: string): number | undefined {
  const services = known?.gattTable.services ?? [];
  return services.flatMap(({ characteristics }) => characteristics).find((one) => one.uuid === uuid)
    ?.valueHandle;
}

function valueBytesOf(pdu: Uint8Array): number {
  const opcode = pdu[0] ?? 0;
  if (READ_RESPONSES.has(opcode)) return pdu.length - 1;
  return WITH_HANDLE.has(opcode) ? pdu.length - ATT_VALUE_AT : 0;
}
