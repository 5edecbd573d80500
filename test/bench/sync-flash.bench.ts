// How near a Door Sync comes to the slower of its two limits, the link and the flash: from the connection event of the
// first frame to that of the receipt, against the frames at the link's limit or what the lock's flash was busy with
// meanwhile, whichever is longer. Typical NOR times, the worst of five links. That each sector is erased once, so that
// the flash is busy with nothing that need not be, is a test of the storage.
import { TYPICAL_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { ATT_VALUE_AT } from '#radio/air/att-tap.ts';
import { linkLimit, type LinkSettings } from '#radio/air/link-model.ts';
import { aDelta } from '#test/builders/delta.ts';
import type { BuiltSet } from '#test/builders/signed-set.ts';
import type { Bench, Figure } from './figure.ts';
import { aRig, aTable, framesIn, LINKS, receiptIn, type Rig } from './sync-rig.ts';

export const bench: Bench = {
  name: 'sync-flash',
  async run() {
    const full: number[] = [];
    const row: number[] = [];
    for (const link of Object.values(LINKS)) {
      const rig = await aRig({ link, timing: TYPICAL_TIMING });
      const [one, two] = [aTable(rig.built, 1), aTable(rig.built, 2)];
      full.push(await againstLimits(rig, link, one));
      row.push(await againstLimits(rig, link, aDelta(one, two)));
      await rig.close();
    }
    return [
      figure('sync.vs_flash_or_link', Math.max(...full)),
      figure('sync.vs_flash_or_link.row', Math.max(...row)),
    ];
  },
};

const figure = (name: string, value: number): Figure => ({
  name,
  value,
  unit: '',
  kind: 'ratio',
  atMost: 1.1,
});

async function againstLimits(rig: Rig, link: LinkSettings, set: BuiltSet): Promise<number> {
  rig.records.length = 0;
  const busyBeforeMs = rig.flashCounts().busyMs;
  const outcome = await rig.deliver(set);
  if (outcome.result !== 'applied') throw new Error(`the sync ended as ${outcome.result}`);
  const frames = framesIn(rig.records, outcome.handles);
  const [first] = frames;
  if (first === undefined) throw new Error('no frame was sent');
  const events = receiptIn(rig.records).event - first.event + 1;
  const frameBytes = frames.reduce((sum, { pdu }) => sum + pdu.length - ATT_VALUE_AT, 0);
  const linkMs = (frameBytes / linkLimit(link).bytesPerSecond) * 1_000;
  const flashMs = rig.flashCounts().busyMs - busyBeforeMs;
  return (events * link.intervalMs) / Math.max(linkMs, flashMs);
}
