// A whole Door Sync in connection events, from the first to that of the receipt, beyond what its frames take at the limit
// of the link, the worst of five links; and what one changed row costs in bytes. The real noble on the real bleno, virtual
// time, no firmware or flash time.
import { ATT_VALUE_AT, type AttRecord } from '#radio/air/att-tap.ts';
import { linkLimit, USUAL_LINK, type LinkSettings } from '#radio/air/link-model.ts';
import type { KnownHandles } from '#gateway/courier/carrier.ts';
import { aDelta } from '#test/builders/delta.ts';
import { aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';
import type { Bench, Figure } from './figure.ts';
import { aRig, aTable, framesIn, LINKS, receiptIn, ROWS, type Rig } from './sync-rig.ts';

/** ATT opcodes that carry a value from handle 3 on: write request and command, notification (Vol 3 Part F, 3.4). */
const WITH_HANDLE = new Set([0x12, 0x52, 0x1b]);
/** And read responses, which carry it at once. */
const READ_RESPONSES = new Set([0x0b, 0x0d]);
const SEEDS = [1, 2, 3];

export const bench: Bench = {
  name: 'sync-intervals',
  async run() {
    const each: Visits[] = [];
    for (const link of Object.values(LINKS)) each.push(await visits(link));
    const worst = (visit: keyof Visits): number => Math.max(...each.map((one) => one[visit].intervals));
    const figure = (name: string, value: number, atMost: number): Figure => ({
      name,
      value,
      atMost,
      unit: '',
      kind: 'ratio',
    });
    const bytes = Math.max(...each.map(({ row }) => row.valueBytes));
    return [
      figure('sync.intervals.full_cached', worst('cached'), 12),
      figure('sync.intervals.full_first', worst('first'), 20),
      figure('sync.intervals.row_cached', worst('row'), 10),
      figure('sync.intervals.row_first', worst('rowFirst'), 20),
      { ...figure('delta.bytes', bytes, 800), unit: 'B' },
      figure('sync.lossy_bytes', await lossyBytes(), 1.2),
    ];
  },
};

interface Visits {
  readonly first: Measured;
  readonly cached: Measured;
  readonly row: Measured;
  readonly rowFirst: Measured;
}

async function visits(link: LinkSettings): Promise<Visits> {
  const rig = await aRig({ link });
  const tableOf = (tableVersion: number): BuiltSet => aTable(rig.built, tableVersion);
  const [one, two, three, four] = [tableOf(1), tableOf(2), tableOf(3), tableOf(4)];
  const measure = (set: BuiltSet, handles?: KnownHandles): Promise<Measured> => sync(rig, link, set, handles);
  const first = await measure(one);
  const cached = await measure(two, first.handles);
  const row = await measure(aDelta(two, three), cached.handles);
  const rowFirst = await measure(aDelta(three, four));
  await rig.close();
  return { first, cached, row, rowFirst };
}

/** The worst of some seeds: frame bytes that reach a lock while the link is lost again and again, to those of a clean run. */
async function lossyBytes(): Promise<number> {
  const frameBytes = async (seed?: number): Promise<number> => {
    const faults =
      seed === undefined ? {} : { faults: { seed, packetLoss: 0.1, loseLinkEveryBytes: 20 * 1024 } };
    const rig = await aRig({ link: USUAL_LINK, ...faults });
    const measured = await sync(rig, USUAL_LINK, aSignedSet({ lock: rig.built, rows: ROWS }), undefined);
    await rig.close();
    if (seed !== undefined && measured.connections < 2) throw new Error('the link was never lost');
    return measured.frameBytes;
  };
  const clean = await frameBytes();
  let worst = 0;
  for (const seed of SEEDS) worst = Math.max(worst, (await frameBytes(seed)) / clean);
  return worst;
}

interface Measured {
  readonly handles: KnownHandles | undefined;
  readonly connections: number;
  /** Beyond the frames at the link's limit. */
  readonly intervals: number;
  readonly valueBytes: number;
  readonly frameBytes: number;
}

async function sync(
  rig: Rig,
  link: LinkSettings,
  set: BuiltSet,
  handles: KnownHandles | undefined,
): Promise<Measured> {
  rig.records.length = 0;
  const outcome = await rig.deliver(set, { handles });
  if (outcome.result !== 'applied') throw new Error(`the sync ended as ${outcome.result}`);
  const receipt = receiptIn(rig.records);
  const frameBytes = sumOf(framesIn(rig.records, outcome.handles), ({ pdu }) => pdu.length - ATT_VALUE_AT);
  return {
    handles: outcome.handles,
    connections: outcome.connections,
    // Events are counted from 0, and the receipt's is one of them.
    intervals: receipt.event + 1 - frameBytes / linkLimit(link).valueBytesPerEvent,
    valueBytes: sumOf(rig.records, ({ pdu }) => valueBytesOf(pdu)),
    frameBytes,
  };
}

const sumOf = (records: readonly AttRecord[], bytesOf: (record: AttRecord) => number): number =>
  records.reduce((sum, record) => sum + bytesOf(record), 0);

function valueBytesOf(pdu: Uint8Array): number {
  const opcode = pdu[0] ?? 0;
  if (READ_RESPONSES.has(opcode)) return pdu.length - 1;
  return WITH_HANDLE.has(opcode) ? pdu.length - ATT_VALUE_AT : 0;
}
