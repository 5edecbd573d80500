// What a lock and a phone do with what comes on the channel: first messages, second messages, sealed ones, and commands
// of a phone that has the keys.
import { CHANNEL_MESSAGE, channelPrologue } from '#protocol/channel/channel-messages.ts';
import { concat } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { readSecond, writeFirst } from '#protocol/noise/noise-ik.ts';
import { answered, stepChannel, type ChannelSession } from '#lock-sim/channel/channel-session.ts';
import type { ChannelKeys } from '#lock-sim/channel/channel-session.ts';
import { aLock } from '../builders/lock.ts';
import { phoneSecret } from '../lock-sim/hand-phone.ts';
import type { Target } from './fuzzing.ts';
import { samplesOf } from './message-samples.ts';

const NOTHING = new Uint8Array(0);
/** Products on the curve cost a hundred times what a parser does. */
const CURVE_EVERY = 100;
const lock = aLock();
const prologue = channelPrologue(lock.lockId, 1);
const keys: ChannelKeys = {
  prologue,
  staticSecret: lock.channelSecret,
  staticPublic: lock.channelKey,
  ephemeralSecret: () => new Uint8Array(32).fill(9),
  mayCompute: () => true,
};
const phone = writeFirst(
  nodeEngine,
  {
    prologue,
    staticSecret: phoneSecret('own'),
    ephemeralSecret: new Uint8Array(32).fill(8),
    remoteStatic: lock.channelKey,
  },
  NOTHING,
);
const opened = stepChannel(
  nodeEngine,
  { phase: 'idle' },
  { type: CHANNEL_MESSAGE.open, body: phone.message },
  keys,
);
const second = opened.effects.flatMap((effect) => (effect.type === 'send' ? [effect.body] : []));

const message = (input: Uint8Array) => ({ type: (input[0] ?? 0) & 0x7f, body: input.subarray(1) });
const said = (type: number, body: Uint8Array): Uint8Array => concat(Uint8Array.of(type), body);

/** One command, and its answer. */
function converse(session: ChannelSession, input: Uint8Array, engine = nodeEngine): void {
  const step = stepChannel(engine, session, message(input), keys);
  if (step.session.phase === 'open') answered(engine, step.session, Uint8Array.of(0xa0));
}

export const CHANNEL_TARGETS: readonly Target[] = [
  {
    name: 'a first message on the channel',
    parse: (input) => converse({ phase: 'idle' }, input),
    samples: [said(CHANNEL_MESSAGE.open, phone.message)],
    every: CURVE_EVERY,
  },
  {
    name: 'a sealed message on the channel',
    parse: (input) => converse(opened.session, input),
    samples: samplesOf('channel command').map((plain) =>
      said(CHANNEL_MESSAGE.command, concat(plain, new Uint8Array(16))),
    ),
  },
  {
    name: 'a command of a phone that has the keys',
    parse: (input) =>
      converse(opened.session, input, { ...nodeEngine, aeadOpen: (_k, _n, sealed) => sealed }),
    samples: samplesOf('channel command').map((plain) => said(CHANNEL_MESSAGE.command, plain)),
  },
  {
    name: 'a second message, at a phone',
    parse: (input) => readSecond(nodeEngine, phone.state, input),
    samples: second,
    every: CURVE_EVERY,
  },
];
