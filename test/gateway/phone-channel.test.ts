// A phone's channel with whatever answers in a lock's place: it ends typed, and holds nothing of what it is flooded with.
import { expect, it } from 'vitest';
import { UNHEARD_MESSAGES_MAX } from '#gateway/courier/courier-limits.ts';
import { PhoneChannel } from '#gateway/courier/phone-channel.ts';
import { CHANNEL_MESSAGE } from '#protocol/channel/channel-messages.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { FragmentWriter } from '#protocol/sync/fragments.ts';
import { encodeRefusal } from '#protocol/sync/messages.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import { aLock } from '../builders/lock.ts';
import { phoneSecret } from '../lock-sim/hand-phone.ts';

const lock = aLock();

/** Says at once, of its own accord, so many times that it has no time for a handshake. */
function openOverALinkThatSays(times: number): Promise<PhoneChannel> {
  const body = encodeRefusal({ code: 'CHANNEL_BUSY', ofType: CHANNEL_MESSAGE.open, detail: '' });
  const writer = new FragmentWriter();
  const link = {
    mtu: 247,
    closed: new Promise(() => {}),
    writeCommand: () => Promise.resolve(),
    subscribe: (_: string, onValue: (value: Uint8Array) => void) => {
      for (let i = 0; i < times; i++)
        for (const value of writer.write({ type: CHANNEL_MESSAGE.refusal, body }, 244)) onValue(value);
      return Promise.resolve();
    },
  } as unknown as CentralLink;
  const { lockId, channelKey } = lock;
  return PhoneChannel.open(
    link,
    { engine: nodeEngine, lockId, ownershipEpoch: 1, channelKey, phoneSecret: phoneSecret('own') },
    { clock: new VirtualClock(), random: seededRandom('flooded'), signal: new AbortController().signal },
  );
}

it('a lock that says more than it was asked is none: the channel ends at once, and says nothing more', async () => {
  await expect(openOverALinkThatSays(UNHEARD_MESSAGES_MAX + 1)).rejects.toMatchObject({
    failure: { result: 'garbled', code: 'LIMIT_EXCEEDED' },
  });
});
