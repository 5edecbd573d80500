// Questions and answers with a lock: whatever it says unasked, and however it ends the link, the talk ends typed.
import { describe, expect, it } from 'vitest';
import { UNHEARD_MESSAGES_MAX } from '#gateway/courier/courier-limits.ts';
import { ControlLink, type ControlListener } from '#gateway/courier/control-link.ts';
import { greet } from '#gateway/courier/greeting.ts';
import { Talk, TalkEnded, type TalkControl, type TalkEnd } from '#gateway/courier/talk.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { REFUSAL_LINGER_MS } from '#protocol/limits.ts';
import { SYNC_CONTROL } from '#protocol/sync/gatt.ts';
import { encodeLogAckAnswer } from '#protocol/sync/log-messages.ts';
import { encodeRefusal, MESSAGE } from '#protocol/sync/messages.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import { RADIOS, withMetLock } from '#test/builders/met-lock.ts';
import { aReceipt } from '#test/builders/receipt.ts';

const DEADLINE_MS = 5_000;
const proof = aReceipt();
const { signal } = new AbortController();

function aTalk() {
  let listener: ControlListener | undefined;
  let drop = (): void => {};
  const control: TalkControl = {
    canNotify: true,
    closed: new Promise((resolve) => (drop = resolve)),
    send: () => Promise.resolve(),
    listen: (given) => {
      listener = given;
      return Promise.resolve();
    },
    listenByReading: () => Promise.resolve(),
    handOver: (given) => {
      listener = given;
    },
  };
  const talk = new Talk(control, { clock: new VirtualClock(), signal });
  talk.listen(DEADLINE_MS);
  const answer = encodeLogAckAnswer({ acknowledged: 1 });
  return {
    talk,
    drop,
    says: (times: number) => {
      for (let i = 0; i < times; i++) listener?.onMessage({ type: MESSAGE.logAckAnswer, body: answer });
    },
    proves: () => {
      talk.lockId = proof.receipt.lockId;
      listener?.onMessage({ type: MESSAGE.receipt, body: proof.bytes });
    },
    refuses: () => {
      const body = encodeRefusal({ code: 'WRONG_MAC', ofType: MESSAGE.hello, detail: '' });
      listener?.onMessage({ type: MESSAGE.refusal, body });
    },
  };
}

const endOf = async (hearing: Promise<unknown>): Promise<TalkEnd> => {
  try {
    await hearing;
  } catch (error) {
    if (error instanceof TalkEnded) return error.end;
    throw error;
  }
  throw new Error('it was answered');
};

describe('a talk', () => {
  it('hears what came before it was asked for', async () => {
    const { talk, says } = aTalk();
    says(UNHEARD_MESSAGES_MAX);
    for (let i = 0; i < UNHEARD_MESSAGES_MAX; i++) await talk.hear('log-ack-answer', DEADLINE_MS);
  });

  it('that takes a link over ends at once where nothing that comes there can be understood, and says nothing there', async () => {
    let receive = (_: Uint8Array): void => {};
    const said: Uint8Array[] = [];
    const link = {
      mtu: 247,
      closed: new Promise(() => {}),
      subscribe: (_: string, listener: typeof receive) => {
        receive = listener;
        return Promise.resolve();
      },
      writeCommand: (_: string, value: Uint8Array) => {
        said.push(value);
        return Promise.resolve();
      },
    } as unknown as CentralLink;
    const control = new ControlLink(link);
    await control.listen({ onMessage: () => {}, onGarbled: () => {} }, DEADLINE_MS);
    receive(new Uint8Array(0));
    const talk = new Talk(control, { clock: new VirtualClock(), signal });
    talk.takeOver();
    talk.say(MESSAGE.timeRequest, new Uint8Array(0));
    await expect(talk.hear('time-challenge', DEADLINE_MS)).rejects.toBeInstanceOf(WireError);
    expect(said).toEqual([]);
  });

  it('ends with a lock that floods it, and holds nothing of the flood', async () => {
    const { talk, says } = aTalk();
    says(UNHEARD_MESSAGES_MAX + 1);
    for (let i = 0; i < 2; i++) {
      says(1);
      await expect(talk.hear('log-ack-answer', DEADLINE_MS)).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
      });
    }
  });

  it('tells why a lock refused, though the link was gone before anybody asked', async () => {
    const { talk, drop, refuses } = aTalk();
    talk.say(MESSAGE.hello, new Uint8Array(0));
    refuses();
    drop();
    await Promise.resolve();
    expect(await endOf(talk.hear('hello-answer', DEADLINE_MS))).toMatchObject({
      result: 'refused',
      refusal: { code: 'WRONG_MAC' },
    });
    expect(await endOf(talk.hear('hello-answer', DEADLINE_MS))).toMatchObject({ result: 'link-lost' });
  });

  it('takes no late refusal of a question that was given up for the answer to the next', async () => {
    const { talk, refuses, says } = aTalk();
    talk.say(MESSAGE.logAck, new Uint8Array(0));
    refuses();
    says(1);
    expect((await talk.hear('log-ack-answer', DEADLINE_MS)).answer.acknowledged).toBe(1);
  });

  it('gives a receipt that came before the link went', async () => {
    const { talk, drop, proves } = aTalk();
    proves();
    drop();
    await Promise.resolve();
    expect((await talk.hear('receipt', DEADLINE_MS)).receiptBytes).toEqual(proof.bytes);
  });
});

describe.each(Object.entries(RADIOS))('%s: a lock that ends a connection', (_name, open) => {
  it.each<[string, (link: CentralLink, talk: Talk) => Promise<unknown>, string]>([
    [
      'a hello under another key',
      (link, talk) =>
        greet(talk, link, {
          engine: nodeEngine,
          advertisingKeys: [new Uint8Array(32).fill(1)],
          courierNonce: new Uint8Array(16),
        }),
      'WRONG_MAC',
    ],
    [
      'a fragment too few',
      async (link, talk) => {
        talk.listen(DEADLINE_MS);
        await link.writeCommand(SYNC_CONTROL, Uint8Array.of(MESSAGE.hello | 0x80, 1, 0));
        return talk.hear('hello-answer', DEADLINE_MS);
      },
      'OUT_OF_SEQUENCE',
    ],
  ])('says why first, and looks at nothing more: %s', async (_what, spoil, code) => {
    await withMetLock(open, async ({ clock, link }) => {
      const talk = new Talk(new ControlLink(link), { clock, signal });
      expect(await endOf(spoil(link, talk))).toMatchObject({ result: 'refused', refusal: { code } });
      const refusedAtMs = clock.monotonicMs();
      await link.writeCommand(SYNC_CONTROL, Uint8Array.of(MESSAGE.timeRequest | 0x80, 1));
      await link.closed;
      expect(clock.monotonicMs() - refusedAtMs).toBeLessThan(2 * REFUSAL_LINGER_MS);
      talk.close();
    });
  });
});
