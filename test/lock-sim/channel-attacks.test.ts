// The secured channel at the lock under attack: what ends one, who gets none, and what a listener learns.
import { describe, expect, it } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import { CHANNEL_MESSAGE, encodeChannelCommand } from '#protocol/channel/channel-messages.ts';
import {
  CHANNEL_HANDSHAKES_MAX,
  CHANNEL_MESSAGE_MAX_BYTES,
  CHANNEL_MESSAGES_MAX,
  REFUSAL_LINGER_MS,
} from '#protocol/limits.ts';
import { CHANNEL } from '#protocol/sync/gatt.ts';
import { bench, openings } from './channel-rig.ts';
import { HandPhone, phoneKey } from './hand-phone.ts';
import { aBench } from './lock-bench.ts';
import { built, keySet, reboot } from './owned-bench.ts';

describe('what ends a channel', () => {
  const ends = async (name: string, spoil: (phone: HandPhone) => void): Promise<void> => {
    const made = await bench();
    const phone = HandPhone.opened(made);
    spoil(phone);
    expect(phone.refusals, name).toHaveLength(1);
    const [refusal] = phone.refusals;
    made.clock.advance(500);
    expect(phone.link.connected, name).toBe(false);
    expect(openings(made), name).toBe(0);
    // The lock goes on, for couriers and for the same phone.
    expect(HandPhone.opened(made).command('unlock')?.outcome, name).toBe('done');
    expect(refusal).toBe(name);
  };
  const unlock = (number: number): Uint8Array => encodeChannelCommand({ number, kind: 'unlock' });
  const say = (phone: HandPhone, sealed: Uint8Array): void => phone.say(CHANNEL_MESSAGE.command, sealed);

  it('a message that was lost', () =>
    ends('CHANNEL_BROKEN', (phone) => {
      phone.seal(unlock(1));
      say(phone, phone.seal(unlock(2)));
    }));

  it('a message that is replayed', async () => {
    const made = await bench();
    const phone = HandPhone.opened(made);
    const sealed = phone.seal(encodeChannelCommand({ number: 1, kind: 'status' }));
    say(phone, sealed);
    say(phone, sealed);
    expect(phone.refusals).toEqual(['CHANNEL_BROKEN']);
  });

  it('messages out of their order', () =>
    ends('CHANNEL_BROKEN', (phone) => {
      const [one, two] = [phone.seal(unlock(1)), phone.seal(unlock(2))];
      say(phone, two);
      say(phone, one);
    }));

  it('a message with a bit flipped, and one that was cut', async () => {
    await ends('CHANNEL_BROKEN', (phone) => {
      const sealed = phone.seal(unlock(1));
      sealed[3]! ^= 1;
      say(phone, sealed);
    });
    await ends('CHANNEL_BROKEN', (phone) => say(phone, phone.seal(unlock(1)).subarray(0, 10)));
  });

  it('a fragment that was lost', () =>
    ends('OUT_OF_SEQUENCE', (phone) => {
      phone.link.write(CHANNEL, Uint8Array.of(CHANNEL_MESSAGE.command | 0x80, 9));
    }));

  it('slips again and again: the link is held no longer for them, and only the first is told why', async () => {
    const made = await bench();
    const phone = HandPhone.opened(made);
    for (let slip = 0; slip < 5; slip++) {
      phone.link.write(CHANNEL, Uint8Array.of(CHANNEL_MESSAGE.command | 0x80, 9));
      made.clock.advance(REFUSAL_LINGER_MS / 5);
    }
    expect(phone.refusals).toEqual(['OUT_OF_SEQUENCE']);
    expect(phone.link.connected).toBe(false);
  });

  it('a number that goes back, and another command under the same', async () => {
    const made = await bench();
    const phone = HandPhone.opened(made);
    phone.command('status', 5);
    phone.command('status', 4);
    expect(phone.refusals).toEqual(['OUT_OF_SEQUENCE']);
    phone.leave();
    const other = HandPhone.opened(made);
    other.command('status', 5);
    other.command('unlock', 5);
    expect(other.refusals).toEqual(['OUT_OF_SEQUENCE']);
    expect(openings(made)).toBe(0);
  });

  it('a command before the handshake, a second handshake, and rubbish', async () => {
    await ends('UNKNOWN_MESSAGE', (phone) => phone.say(CHANNEL_MESSAGE.open, phone.first));
    await ends('TOO_LARGE', (phone) => {
      const long = new Uint8Array(CHANNEL_MESSAGE_MAX_BYTES + 1);
      phone.say(CHANNEL_MESSAGE.command, long);
    });
    await ends('TRUNCATED', (phone) => say(phone, phone.seal(Uint8Array.of(0xa2))));
    const made = await bench();
    const early = new HandPhone(made);
    early.link.subscribe(CHANNEL);
    early.say(CHANNEL_MESSAGE.command, new Uint8Array(32));
    expect(early.refusals).toEqual(['NOT_GREETED']);
  });

  it('so many messages', async () => {
    const made = await bench();
    const phone = HandPhone.opened(made);
    for (let n = 0; n < CHANNEL_MESSAGES_MAX; n++) expect(phone.command('status')?.outcome).toBe('done');
    expect(phone.command('status')).toBeUndefined();
    expect(phone.refusals).toEqual(['LIMIT_EXCEEDED']);
  });

  it('a reboot, and the clock of a connection on which nothing comes', async () => {
    const made = await bench();
    const phone = HandPhone.opened(made);
    reboot(made);
    expect(phone.link.connected).toBe(false);
    const silent = new HandPhone(made);
    made.clock.advance(5_001);
    expect(silent.link.connected).toBe(false);
    const idle = HandPhone.opened(made);
    made.clock.advance(9_000);
    expect(idle.command('status')?.outcome).toBe('done');
    made.clock.advance(9_000);
    expect(idle.link.connected).toBe(true);
    made.clock.advance(2_000);
    expect(idle.link.connected).toBe(false);
  });
});

describe('who gets no channel', () => {
  it('a phone that means another lock, another owner, or has another key of the lock', async () => {
    const made = await bench();
    for (const options of [{ ownershipEpoch: 2 }, { channelKey: phoneKey('thief') }]) {
      const phone = HandPhone.opened(made, options);
      expect(phone.refusals).toEqual(['HANDSHAKE_FAILED']);
      made.clock.advance(500);
      expect(phone.link.connected).toBe(false);
    }
  });

  it('a command in the first message is no command, sealed or not', async () => {
    const made = await bench();
    const phone = HandPhone.opened(made, {
      payload: encodeChannelCommand({ number: 1, kind: 'unlock' }),
    });
    expect(phone.refusals).toEqual(['WRONG_LENGTH']);
    expect(openings(made)).toBe(0);
  });

  it('a replayed first message opens nothing, whatever was recorded behind it', async () => {
    const made = await bench();
    const phone = HandPhone.opened(made);
    const sealed = phone.seal(encodeChannelCommand({ number: 1, kind: 'unlock' }));
    phone.leave();
    const thief = new HandPhone(made, { name: 'thief' });
    thief.link.subscribe(CHANNEL);
    thief.say(CHANNEL_MESSAGE.open, phone.first);
    expect(thief.refusals).toEqual([]);
    thief.say(CHANNEL_MESSAGE.command, sealed);
    expect(thief.refusals).toEqual(['CHANNEL_BROKEN']);
    expect(openings(made)).toBe(0);
  });

  it('a lock that was never activated answers as one that the message was not made for', async () => {
    const made = await aBench({ built, keySet, activated: false });
    for (const ownershipEpoch of [0, 1])
      expect(HandPhone.opened(made, { ownershipEpoch }).refusals).toEqual(['HANDSHAKE_FAILED']);
  });

  it('a storm of handshakes costs a bounded number, and the next phone waits on its connection, no longer', async () => {
    const made = await bench();
    for (let n = 0; n < CHANNEL_HANDSHAKES_MAX; n++) {
      const thief = HandPhone.opened(made, { channelKey: phoneKey('thief') });
      expect(thief.refusals).toEqual(['HANDSHAKE_FAILED']);
      thief.leave();
    }
    const phone = HandPhone.opened(made);
    expect(phone.refusals).toEqual(['CHANNEL_BUSY']);
    made.clock.advance(2_000);
    expect(phone.link.connected).toBe(true);
    phone.open();
    expect(phone.command('unlock')?.outcome).toBe('done');
  });

  it('a phone that never subscribes is not waited for with more than a few answers', async () => {
    const made = await bench();
    const phone = new HandPhone(made);
    phone.open();
    expect(made.lock.firmware!.memory.heldBytes).toBeGreaterThan(48);
    expect(made.lock.firmware!.memory.heldBytes).toBeLessThan(1_024);
    phone.leave();
    expect(made.lock.firmware!.memory.heldBytes).toBe(0);
  });
});

it('nothing on the air says which phone it was', async () => {
  const made = await bench();
  const talkOf = (): string => {
    const phone = HandPhone.opened(made);
    phone.command('unlock');
    const heard = phone.link.notified.map(({ value }) => encodeHex(value)).join('');
    phone.leave();
    return encodeHex(phone.first) + heard;
  };
  const [one, two] = [talkOf(), talkOf()];
  expect(one).not.toContain(encodeHex(phoneKey('own')));
  // Apart from the two bytes before each message nothing comes twice.
  for (let at = 0; at + 16 <= one.length; at += 2) expect(two).not.toContain(one.slice(at, at + 16));
});
