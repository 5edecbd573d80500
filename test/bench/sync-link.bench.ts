// How near a Door Sync comes to what the link can carry: 3,000 rows, real noble on real bleno, the modelled link, in
// virtual time, with flash that takes none. The phase is counted in connection events, first frame to last.
import { FRAME_HEADER_BYTES } from '#protocol/limits.ts';
import { ATT_VALUE_AT, type AttRecord } from '#radio/air/att-tap.ts';
import { linkLimit, type LinkSettings } from '#radio/air/link-model.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import type { Bench, Figure } from './figure.ts';
import { aRig, framesIn, LINKS, ROWS } from './sync-rig.ts';

export const bench: Bench = {
  name: 'sync-link',
  async run() {
    const figures: Figure[] = [];
    for (const [name, link] of Object.entries(LINKS)) {
      const value = await efficiency(link);
      figures.push(figure(`sync.link_efficiency.${name}`, value));
    }
    const worst = Math.min(...figures.map(({ value }) => value));
    return [figure('sync.link_efficiency', worst), ...figures];
  },
};

const figure = (name: string, value: number): Figure => ({
  name,
  value,
  unit: '',
  kind: 'ratio',
  atLeast: 0.95,
});

async function efficiency(link: LinkSettings): Promise<number> {
  const rig = await aRig({ link });
  const outcome = await rig.deliver(aSignedSet({ lock: rig.built, rows: ROWS }));
  if (outcome.result !== 'applied') throw new Error(`the sync ended as ${outcome.result}`);
  const value = transferEfficiency(framesIn(rig.records, outcome.handles), link);
  await rig.close();
  return value;
}

/**
 * Value bytes of different frames, each counted once, over those that the events from the first frame to the last could
 * carry: a frame that is sent again is time lost, not bytes won.
 */
function transferEfficiency(frames: readonly AttRecord[], link: LinkSettings): number {
  const first = frames[0];
  const last = frames.at(-1);
  if (first === undefined || last === undefined) throw new Error('no frame was sent');
  const lengths = new Map(frames.map(({ pdu }) => [frameIdOf(pdu), pdu.length - ATT_VALUE_AT]));
  const valueBytes = [...lengths.values()].reduce((sum, length) => sum + length, 0);
  const events = last.event - first.event + 1;
  return valueBytes / (events * linkLimit(link).valueBytesPerEvent);
}

/** Offer id and frame number, WIRE 9.6. */
const frameIdOf = (pdu: Uint8Array): string =>
  pdu.subarray(ATT_VALUE_AT, ATT_VALUE_AT + FRAME_HEADER_BYTES).join('.');
