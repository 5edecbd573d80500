// How near a Door Sync comes to what the link can carry: 3,000 rows, real noble on real bleno, the modelled link, in
// virtual time, with flash that takes none. The phase is counted in connection events, first frame to last.
import { FRAME_HEADER_BYTES } from '#protocol/limits.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import type { AttRecord } from '#radio/air/att-tap.ts';
import { linkLimit, USUAL_LINK, type LinkSettings } from '#radio/air/link-model.ts';
import type { Central, CentralLink, ConnectOptions } from '#radio/ports/central.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import { deliver } from '#gateway/courier/delivery.ts';
import { aRunningLock } from '#test/builders/running-lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import type { Bench, Figure } from './figure.ts';

const ROWS = 3_000;
const CHUNKS = 25;
/** Virtual time for one sync, many times what it takes. */
const LIMIT_MS = 120_000;
const ATT_WRITE_COMMAND = 0x52;
const VALUE_AT = 3;

const LINKS: Readonly<Record<string, LinkSettings>> = {
  '1m_251': { ...USUAL_LINK, phy: '1M' },
  '2m_251': USUAL_LINK,
  '1m_27': { ...USUAL_LINK, phy: '1M', maxPayloadBytes: 27 },
  '2m_27': { ...USUAL_LINK, maxPayloadBytes: 27 },
  '2m_4_pairs': { ...USUAL_LINK, pairsPerEventMax: 4 },
};

export const bench: Bench = {
  name: 'sync-link',
  async run() {
    const figures: Figure[] = [];
    for (const [name, link] of Object.entries(LINKS)) {
      const value = await efficiency(link);
      figures.push({ name: `sync.link_efficiency.${name}`, value, unit: '', kind: 'ratio', atLeast: 0.95 });
    }
    return figures;
  },
};

async function efficiency(link: LinkSettings): Promise<number> {
  const clock = new VirtualClock();
  const records: AttRecord[] = [];
  const radio = openVirtualRadio({ clock, link });
  radio.air.onAtt((record) => records.push(record));
  const settle = (): Promise<void> => radio.settle();
  const running = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    const mark = (): void => {
      isDone = true;
    };
    work.then(mark, mark);
    if (!(await clock.runUntil(() => isDone, settle, LIMIT_MS)))
      throw new Error('the sync did not end in time');
    return work;
  };
  const { built } = await running(
    aRunningLock({ peripheral: await radio.peripheral(), clock, capacityChunks: CHUNKS + 1 }),
  );
  const central = await running(radio.central());
  const set = aSignedSet({ lock: built, rows: ROWS });
  if (set.chunks.length !== CHUNKS) throw new Error(`${set.chunks.length} chunks, not ${CHUNKS}`);
  const random = seededRandom('sync-link');
  const outcome = await running(
    deliver(
      { engine: nodeEngine, clock, random },
      {
        lockId: built.lockId,
        advertisingKey: built.secrets.advertisingKey,
        cloudNonce: random.bytes(16),
        package: set,
      },
      { connect: (options) => meet(central, options), keySetsAfter: () => Promise.resolve([]) },
    ),
  );
  if (outcome.result !== 'applied') throw new Error(`the sync ended as ${outcome.result}`);
  const value = transferEfficiency(records, link);
  await running(radio.close());
  return value;
}

/**
 * Value bytes of different frames, each counted once, over those that the events from the first frame to the last could
 * carry: a frame that is sent again is time lost, not bytes won.
 */
function transferEfficiency(records: readonly AttRecord[], link: LinkSettings): number {
  const commands = records.filter(({ from, pdu }) => from === 'central' && pdu[0] === ATT_WRITE_COMMAND);
  // Nearly all commands go to sync-data, whose handle no layout here fixes.
  const handles = commands.map(handleOf).sort((a, b) => a - b);
  const handle = handles[Math.floor(handles.length / 2)];
  const frames = commands.filter((record) => handleOf(record) === handle);
  const first = frames[0];
  const last = frames.at(-1);
  if (first === undefined || last === undefined) throw new Error('no frame was sent');
  const lengths = new Map(frames.map(({ pdu }) => [frameIdOf(pdu), pdu.length - VALUE_AT]));
  const valueBytes = [...lengths.values()].reduce((sum, length) => sum + length, 0);
  const events = last.event - first.event + 1;
  return valueBytes / (events * linkLimit(link).valueBytesPerEvent);
}

/** Offer id and frame number, WIRE 9.6. */
const frameIdOf = (pdu: Uint8Array): string =>
  pdu.subarray(VALUE_AT, VALUE_AT + FRAME_HEADER_BYTES).join('.');

/** Little-endian behind the opcode. */
const handleOf = ({ pdu }: AttRecord): number => (pdu[1] ?? 0) | ((pdu[2] ?? 0) << 8);

async function meet(central: Central, options: ConnectOptions): Promise<CentralLink> {
  const id = await new Promise<string>((resolve, reject) => {
    const onReport = (report: { readonly peripheralId: string }): void => {
      scan.then((open) => open.stop()).then(() => resolve(report.peripheralId), reject);
    };
    const scan = central.scan({ serviceUuids: [DOOR_SYNC_SERVICE], onReport });
    scan.catch(reject);
  });
  return central.connect(id, options);
}
