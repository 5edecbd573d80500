// Vectors of the secured channel: one whole talk, with the ephemeral secrets that both sides draw otherwise.
import {
  channelPrologue,
  encodeChannelAnswer,
  encodeChannelCommand,
  type ChannelAnswer,
} from '#protocol/channel/channel-messages.ts';
import { seal } from '#protocol/noise/cipher-state.ts';
import { readFirst, writeFirst, writeSecond } from '#protocol/noise/noise-ik.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { aLock } from '../lock.ts';
import type { VectorMaker } from './vector-file.ts';

const random = seededRandom(1).fork('channel');
const draw = (label: string): Uint8Array => random.fork(label).bytes(32);
const NOTHING = new Uint8Array(0);

export const channelVectors: VectorMaker = (engine) => {
  const lock = aLock({ engine });
  const prologue = channelPrologue(lock.lockId, 1);
  const phoneSecret = draw('phone');
  const phoneEphemeral = draw('phone-ephemeral');
  const lockEphemeral = draw('lock-ephemeral');
  const first = writeFirst(
    engine,
    {
      prologue,
      staticSecret: phoneSecret,
      ephemeralSecret: phoneEphemeral,
      remoteStatic: lock.channelKey,
    },
    NOTHING,
  );
  const read = readFirst(
    engine,
    { prologue, staticSecret: lock.channelSecret, staticPublic: lock.channelKey },
    first.message,
  );
  const second = writeSecond(engine, read, lockEphemeral, NOTHING);
  const command = { number: 1, kind: 'unlock' } as const;
  const answer: ChannelAnswer = {
    number: 1,
    outcome: 'done',
    reason: 'OPENED',
    state: {
      bolt: 'unlocked',
      opensFromOutside: false,
      batteryPercent: 87,
      lockTimeS: 1_772_355_600,
      clockTrust: 'trusted',
      triple: { ownershipEpoch: 1, keyEpoch: 1, tableVersion: 7 },
      firmware: 1,
    },
  };
  const unknown: ChannelAnswer = {
    number: 1,
    outcome: 'refused',
    reason: 'UNKNOWN_CREDENTIAL',
    state: null,
  };
  const { fromInitiator, fromResponder, handshakeHash } = second.established;
  const [commandPlain, answerPlain] = [encodeChannelCommand(command), encodeChannelAnswer(answer)];
  return {
    channel: {
      about: 'A channel that is opened, a command on it and its answer.',
      wire: '14',
      cases: {
        handshake: {
          prologue,
          lockChannelSecret: lock.channelSecret,
          lockChannelKey: lock.channelKey,
          phoneSecret,
          phoneKey: engine.x25519PublicKey(phoneSecret),
          phoneEphemeral,
          lockEphemeral,
          first: first.message,
          second: second.message,
          handshakeHash,
        },
        command: {
          command,
          plain: commandPlain,
          sealed: seal(engine, fromInitiator, NOTHING, commandPlain).bytes,
        },
        answer: {
          answer,
          plain: answerPlain,
          sealed: seal(engine, fromResponder, NOTHING, answerPlain).bytes,
        },
        unknown: { answer: unknown, plain: encodeChannelAnswer(unknown) },
      },
    },
  };
};
