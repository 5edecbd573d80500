// One connection's channel as a pure machine: a handshake, then commands in their order, each with its answer. What does
// not open, comes twice or out of turn ends it; it opens nothing by itself and knows no phone: each command names the
// phone's proven key, which is looked up when it is performed. WIRE 14.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import {
  CHANNEL_MESSAGE,
  decodeChannelCommand,
  type ChannelCommand,
} from '#protocol/channel/channel-messages.ts';
import { CHANNEL_MESSAGES_MAX } from '#protocol/limits.ts';
import { open, seal, type CipherState } from '#protocol/noise/cipher-state.ts';
import { FIRST_MESSAGE_BYTES, readFirst, writeSecond } from '#protocol/noise/noise-ik.ts';
import type { ControlMessage } from '#protocol/sync/fragments.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { WireError } from '#protocol/wire-error.ts';

export type ChannelSession =
  | { readonly phase: 'idle' }
  | {
      readonly phase: 'open';
      /** X25519, proven by the first command that opens. */
      readonly phoneKey: Uint8Array;
      readonly receiving: CipherState;
      readonly sending: CipherState;
      /** The last command, with its answer once that is made. */
      readonly last:
        { readonly command: ChannelCommand; readonly answer: Uint8Array | undefined } | undefined;
    }
  | { readonly phase: 'over' };

type Open = Extract<ChannelSession, { readonly phase: 'open' }>;

export type ChannelEffect =
  | { readonly type: 'send'; readonly messageType: number; readonly body: Uint8Array }
  | { readonly type: 'refuse'; readonly code: RefusalCode; readonly ofType: number; readonly detail: string }
  /** Something valid came: the connection's idle deadline starts anew. */
  | { readonly type: 'valid' }
  /** `answered` is due with what comes of it. */
  | { readonly type: 'perform'; readonly command: ChannelCommand; readonly phoneKey: Uint8Array }
  | { readonly type: 'disconnect' };

export interface ChannelStep {
  readonly session: ChannelSession;
  readonly effects: readonly ChannelEffect[];
}

/** What needs the lock's own secrets and chance, handed in so that the machine holds none. */
export interface ChannelKeys {
  /** Undefined where the lock has no owner: nobody opens a channel then. */
  readonly prologue: Uint8Array | undefined;
  readonly staticSecret: Uint8Array;
  readonly staticPublic: Uint8Array;
  /** Drawn anew each time. */
  ephemeralSecret(): Uint8Array;
  /** True where a handshake may be computed now, which counts. */
  mayCompute(): boolean;
}

const NOTHING = new Uint8Array(0);

/** Total: whatever the body holds, the answer is a step. */
export function stepChannel(
  engine: CryptoEngine,
  session: ChannelSession,
  message: ControlMessage,
  keys: ChannelKeys,
): ChannelStep {
  switch (session.phase) {
    case 'idle':
      return message.type === CHANNEL_MESSAGE.open
        ? greet(engine, message, keys)
        : end(message.type, 'NOT_GREETED', 'the first message opens the channel');
    case 'open':
      return message.type === CHANNEL_MESSAGE.command
        ? takeCommand(engine, session, message)
        : end(message.type, 'UNKNOWN_MESSAGE', `message ${message.type} has no meaning here`);
    case 'over':
      return { session, effects: [] };
  }
}

/** `answer`: to the command that was to be performed, not sealed yet. */
export function answered(engine: CryptoEngine, session: ChannelSession, answer: Uint8Array): ChannelStep {
  if (session.phase !== 'open' || session.last === undefined) return { session, effects: [] };
  return reply(engine, { ...session, last: { ...session.last, answer } }, answer);
}

function greet(engine: CryptoEngine, { type, body }: ControlMessage, keys: ChannelKeys): ChannelStep {
  // No payload: what comes with a first message may have been recorded (Noise 7.7), so it can't be a command.
  if (body.length !== FIRST_MESSAGE_BYTES)
    return end(type, 'WRONG_LENGTH', `a first message has ${FIRST_MESSAGE_BYTES} bytes`);
  const { prologue, staticSecret, staticPublic } = keys;
  if (prologue === undefined) return end(type, 'HANDSHAKE_FAILED', NOT_FOR_THIS_LOCK);
  if (!keys.mayCompute()) {
    const refusal = { type: 'refuse', code: 'CHANNEL_BUSY', ofType: type } as const;
    return { session: { phase: 'idle' }, effects: [{ ...refusal, detail: 'too many handshakes of late' }] };
  }
  try {
    const first = readFirst(engine, { prologue, staticSecret, staticPublic }, body);
    const { message, established } = writeSecond(engine, first, keys.ephemeralSecret(), NOTHING);
    return {
      session: {
        phase: 'open',
        phoneKey: first.remoteStatic,
        receiving: established.fromInitiator,
        sending: established.fromResponder,
        last: undefined,
      },
      effects: [{ type: 'valid' }, { type: 'send', messageType: CHANNEL_MESSAGE.opened, body: message }],
    };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    // One code for all: which of the checks failed is nobody's business.
    return end(type, 'HANDSHAKE_FAILED', NOT_FOR_THIS_LOCK);
  }
}

const NOT_FOR_THIS_LOCK = 'it was not made for this lock and its owner';

function takeCommand(engine: CryptoEngine, session: Open, { type, body }: ControlMessage): ChannelStep {
  if (session.receiving.count >= CHANNEL_MESSAGES_MAX)
    return end(type, 'LIMIT_EXCEEDED', 'this channel has served its messages');
  try {
    const { cipher: receiving, bytes } = open(engine, session.receiving, NOTHING, body);
    const command = decodeChannelCommand(bytes);
    const { last } = session;
    if (last?.answer !== undefined && command.number === last.command.number) {
      const isSame = command.kind === last.command.kind;
      if (isSame) return reply(engine, { ...session, receiving }, last.answer);
    }
    if (last !== undefined && command.number <= last.command.number)
      return end(type, 'OUT_OF_SEQUENCE', `command ${command.number} after ${last.command.number}`);
    return {
      session: { ...session, receiving, last: { command, answer: undefined } },
      effects: [{ type: 'valid' }, { type: 'perform', command, phoneKey: session.phoneKey }],
    };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    if (error.code === 'BAD_SEAL') return end(type, 'CHANNEL_BROKEN', 'it is not the next message');
    return end(type, error.code, error.message);
  }
}

/** One message goes out for each that came in: what is sent is bounded as what is received. */
function reply(engine: CryptoEngine, session: Open, answer: Uint8Array): ChannelStep {
  const { cipher: sending, bytes } = seal(engine, session.sending, NOTHING, answer);
  return {
    session: { ...session, sending },
    effects: [{ type: 'valid' }, { type: 'send', messageType: CHANNEL_MESSAGE.answer, body: bytes }],
  };
}

const end = (ofType: number, code: RefusalCode, detail: string): ChannelStep => ({
  session: { phase: 'over' },
  effects: [{ type: 'refuse', code, ofType, detail }, { type: 'disconnect' }],
});
