// A whole lock, spoken to in good messages that were spoilt and in frames that were: whatever state they meet it in, it
// opens no door, boots no second time, goes on advertising, and serves the honest courier that comes after.
import { expect, it } from 'vitest';
import { concat } from '#protocol/bytes.ts';
import { CHANNEL_MESSAGE } from '#protocol/channel/channel-messages.ts';
import { CONTROL_MESSAGE_MAX_BYTES } from '#protocol/limits.ts';
import { CHANNEL, SYNC_DATA } from '#protocol/sync/gatt.ts';
import { encodeFrame } from '#protocol/sync/frames.ts';
import { encodeOffer, MESSAGE } from '#protocol/sync/messages.ts';
import { aFirmware } from '../builders/firmware.ts';
import { aDeactivation, aRelease, aTime } from '../builders/life.ts';
import { SEED } from '../builders/seeded-property.ts';
import { aSignedSet } from '../builders/signed-set.ts';
import { HandCourier } from '../lock-sim/hand-courier.ts';
import { HandPhone } from '../lock-sim/hand-phone.ts';
import { aBench } from '../lock-sim/lock-bench.ts';
import { InputMaker } from './fuzzing.ts';
import { samplesOf } from './message-samples.ts';

const ROUNDS = 300;
const MESSAGES_A_ROUND = 20;
const FRAMES_A_ROUND = 10;
const CHANNEL_VALUES_A_ROUND = 3;
/** A stage that stands still gives way after half a minute. */
const STILL_MS = 31_000;

const big = aSignedSet({ tableVersion: 2, rows: 600 });
const offer = (manifestBytes: Uint8Array): Uint8Array =>
  encodeOffer({ offerId: 1, frameBytes: 241, manifestBytes });
const said = (type: number, bodies: readonly Uint8Array[]): Uint8Array[] =>
  bodies.map((body) => concat(Uint8Array.of(type), body));

/** Of what would end the ownership only such as is refused. */
const spoken = [
  ...said(MESSAGE.hello, samplesOf('hello')),
  ...said(MESSAGE.keySet, samplesOf('key set')),
  ...said(MESSAGE.offer, [offer(big.manifestBytes), ...samplesOf('manifest').map(offer)]),
  ...said(MESSAGE.firmwareOffer, [offer(aFirmware().manifestBytes)]),
  ...said(MESSAGE.activate, samplesOf('activation request')),
  ...said(MESSAGE.grant, samplesOf('activation grant')),
  ...said(MESSAGE.timeRequest, [new Uint8Array(0)]),
  ...said(MESSAGE.time, [aTime(new Uint8Array(16), 1_800_000_000)]),
  ...said(MESSAGE.logPull, samplesOf('log pull')),
  ...said(MESSAGE.logAck, samplesOf('log acknowledgement')),
  ...said(MESSAGE.deactivate, [aDeactivation(1)]),
  ...said(MESSAGE.release, [aRelease(1)]),
];
const frames = big.chunks
  .slice(0, 2)
  .map((chunk, at) => encodeFrame({ offerId: 1, number: at * 17, payload: chunk.slice(0, 241) }));

/** As fragments, and with a live row behind them: what opens must not be in reach of a spoilt one. */
const channelValues = [
  new HandPhone(await aBench()).first,
  ...samplesOf('channel command'),
  new Uint8Array(40),
].map((body, at) =>
  concat(Uint8Array.of(at === 0 ? CHANNEL_MESSAGE.open | 0x80 : CHANNEL_MESSAGE.command | 0x80, 0), body),
);

it('goes on, and serves the next courier', async () => {
  const bench = await aBench();
  const messages = new InputMaker({ name: 'whole lock', parse: () => 0, samples: spoken }, SEED);
  const sealed = new InputMaker({ name: 'channel', parse: () => 0, samples: channelValues }, SEED);
  const values = new InputMaker({ name: 'frames', parse: () => 0, samples: frames }, SEED);
  for (let round = 0; round < ROUNDS; round++) {
    const courier = round % 3 === 0 ? new HandCourier(bench) : HandCourier.greeted(bench);
    courier.link.subscribe();
    if (round % 3 === 2) courier.offer(big);
    for (let n = 0; n < MESSAGES_A_ROUND && courier.link.connected; n++) {
      const input = messages.input(round * MESSAGES_A_ROUND + n);
      courier.say((input[0] ?? 0) & 0x7f, input.slice(1, 1 + CONTROL_MESSAGE_MAX_BYTES));
      for (let f = 0; f < FRAMES_A_ROUND; f++) {
        courier.link.write(SYNC_DATA, values.input((round * MESSAGES_A_ROUND + n) * FRAMES_A_ROUND + f));
      }
      for (let c = 0; c < CHANNEL_VALUES_A_ROUND; c++) {
        courier.link.write(
          CHANNEL,
          sealed.input((round * MESSAGES_A_ROUND + n) * CHANNEL_VALUES_A_ROUND + c),
        );
      }
      bench.clock.advance(1);
    }
    courier.leave();
  }
  const where = `DOORLAB_SEED=${SEED}`;
  expect(bench.radio.advert, where).toBeDefined();
  expect(bench.lock.report(), where).toMatchObject({ tableState: 'none', boots: 1, activated: true });
  expect(bench.events().filter(({ type }) => type === 'opened')).toEqual([]);
  bench.clock.advance(STILL_MS);
  const honest = HandCourier.greeted(bench);
  // Once to find the rubbish that the others left open, once more for what then was missing.
  const receipt = honest.deliver(big) ?? honest.deliver(big, 2);
  expect(receipt?.triple, where).toEqual(big.triple);
});
