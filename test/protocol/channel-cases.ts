// What is said on the channel, before it is sealed: each message with its encoder, its decoder and values to try.
import fc from 'fast-check';
import {
  decodeChannelAnswer,
  decodeChannelCommand,
  encodeChannelAnswer,
  encodeChannelCommand,
} from '#protocol/channel/channel-messages.ts';
import { EVENT_REASONS, type EventReason } from '#protocol/log/event-types.ts';
import { anInt, anU32, aTriple, orNull } from '../builders/arbitraries.ts';
import { messageCase, type MessageCase } from './message-case.ts';

const aNumber = anInt(1, 0xffff_ffff);
const aDoorState = fc.record({
  bolt: fc.constantFrom('locked' as const, 'unlocked' as const, 'jammed' as const),
  opensFromOutside: fc.boolean(),
  batteryPercent: anInt(0, 100),
  lockTimeS: anU32,
  clockTrust: fc.constantFrom('trusted' as const, 'drifting' as const, 'lost' as const),
  triple: aTriple,
  firmware: anU32,
});

export const CHANNEL_MESSAGES: readonly MessageCase[] = [
  messageCase(
    'channel command',
    fc.record({ number: aNumber, kind: fc.constantFrom('unlock' as const, 'status' as const) }),
    encodeChannelCommand,
    decodeChannelCommand,
  ),
  messageCase(
    'channel answer',
    fc.record({
      number: aNumber,
      outcome: fc.constantFrom(
        'done' as const,
        'refused' as const,
        'cannot-move' as const,
        'failed' as const,
      ),
      reason: orNull(fc.constantFrom(...(Object.keys(EVENT_REASONS) as EventReason[]))),
      state: orNull(aDoorState),
    }),
    encodeChannelAnswer,
    decodeChannelAnswer,
  ),
];
