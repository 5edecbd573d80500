// Every message of the wire by its own decoder, with real signatures, and what carries messages: fragments, adverts.
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { parseLabel } from '#protocol/label.ts';
import { advertOfManufacturerData, makeAdvert, recogniseAdvert } from '#protocol/sync/advert.ts';
import { FragmentReader, FragmentWriter } from '#protocol/sync/fragments.ts';
import { concat } from '#protocol/bytes.ts';
import { aLock } from '../builders/lock.ts';
import { MESSAGES } from '../protocol/message-cases.ts';
import type { Target } from './fuzzing.ts';
import { samplesOf } from './message-samples.ts';

/** A real check of a signature, or of a package's chunks, costs a hundred times what a parser does. */
const COSTLY_EVERY = 50;
const COSTLY = new Set([
  'key set',
  'manifest',
  'receipt',
  'activation statement',
  'activation grant',
  'time statement',
  'deactivation',
  'release',
  'firmware manifest',
  'firmware file',
  'log batch',
  'log acknowledgement',
  'package',
]);

const FRAGMENT_BYTES = 20;
const { advertisingKey } = aLock().secrets;
const advert = makeAdvert(engine, advertisingKey, new Uint8Array(4), {
  tableVersion: 7,
  logPending: true,
  batteryLow: false,
  notActivated: false,
});
const fragmentsOf = (body: Uint8Array): Uint8Array =>
  concat(...new FragmentWriter().write({ type: 3, body }, FRAGMENT_BYTES));

export const MESSAGE_TARGETS: readonly Target[] = [
  ...MESSAGES.map(({ name, decode }) => ({
    name,
    parse: decode,
    samples: samplesOf(name),
    ...(COSTLY.has(name) && { every: COSTLY_EVERY }),
  })),
  {
    name: 'fragments',
    parse(input) {
      const reader = new FragmentReader();
      for (let at = 0; at < input.length; at += FRAGMENT_BYTES) {
        reader.read(input.subarray(at, at + FRAGMENT_BYTES));
      }
    },
    samples: [0, 1, 18, 100, 400].map((bytes) => fragmentsOf(new Uint8Array(bytes))),
  },
  { name: 'advert', parse: (input) => recogniseAdvert(engine, advertisingKey, input), samples: [advert] },
  {
    name: 'manufacturer data',
    parse: advertOfManufacturerData,
    samples: [concat(Uint8Array.of(0xff, 0xff), advert)],
  },
  {
    name: 'label',
    parse: (input) => parseLabel(engine, Buffer.from(input).toString('latin1')),
    samples: [Buffer.from('DL1-AAAAAAA-AAAAAAA-AAAAAAA')],
  },
];
