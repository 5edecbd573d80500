// Frames of the live channel: each comes back as it went out, and whatever else comes is no message and no exception.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeLiveMessage,
  LIVE_CLIENT_FRAME_MAX_BYTES,
  LIVE_FRAME_MAX_BYTES,
  LIVE_HELLO_DOORS_MAX,
  LIVE_PING_MS,
  LIVE_SILENCE_MS,
  parseLiveClientMessage,
  parseLiveServerMessage,
  type LiveClientMessage,
  type LiveServerMessage,
} from '#protocol/api/live.ts';
import { holds } from '../builders/seeded-property.ts';

const doorId = `door_${'a'.repeat(26)}`;
const triple = { ownershipEpoch: 1, keyEpoch: 2, tableVersion: 0xffff_ffff };
const door = { doorId, target: triple, applied: null, state: 'pending' } as const;
const SERVER: readonly LiveServerMessage[] = [
  { type: 'hello', number: 0, doors: [], more: false },
  { type: 'hello', number: 2 ** 40, doors: [door, { ...door, target: null, state: 'no-lock' }], more: true },
  { type: 'target', number: 3, doorId, target: triple },
  { type: 'sync-request', doorId, requestId: 'r1' },
  { type: 'ping' },
];
const CLIENT: readonly LiveClientMessage[] = [{ type: 'pong' }, { type: 'seen', number: 7 }];

describe('a frame', () => {
  it.each(SERVER)('$type of the cloud comes back as it went out', (message) => {
    expect(parseLiveServerMessage(encodeLiveMessage(message))).toEqual(message);
  });

  it.each(CLIENT)('$type of a client comes back as it went out', (message) => {
    expect(parseLiveClientMessage(encodeLiveMessage(message))).toEqual(message);
  });

  it('that is anything else is no message, whatever it is', () => {
    holds(
      fc.property(fc.oneof(fc.string(), fc.json()), (frame) => {
        expect(parseLiveServerMessage(frame)).toBeUndefined();
        expect(parseLiveClientMessage(frame)).toBeUndefined();
      }),
    );
  });

  it.each([
    ['a target without a door', { type: 'target', number: 1, target: triple }],
    ['a negative number', { type: 'target', number: -1, doorId, target: triple }],
    ['a fraction', { type: 'target', number: 1.5, doorId, target: triple }],
    ['a door that is no id', { type: 'sync-request', doorId: '../../etc', requestId: 'r' }],
    [
      'a hello of too many doors',
      { type: 'hello', number: 1, more: false, doors: new Array(1_001).fill(door) },
    ],
    ['a client’s word from the cloud', { type: 'pong' }],
  ])('with %s is no message', (_, message) => {
    expect(parseLiveServerMessage(JSON.stringify(message))).toBeUndefined();
  });

  it('of a client takes no field that it has not', () => {
    expect(parseLiveClientMessage('{"type":"pong","and":1}')).toBeUndefined();
    expect(parseLiveClientMessage('{"type":"seen","number":1,"doorId":"x"}')).toBeUndefined();
  });

  it('of a later cloud may hold more than is known here', () => {
    expect(parseLiveServerMessage('{"type":"ping","sentAtS":5}')).toEqual({ type: 'ping' });
  });
});

it('the largest frames fit their limits, and a ping comes twice before anyone gives up', () => {
  const one = { ...door, applied: triple, state: 'up-to-date' } as const;
  const doors = Array.from({ length: LIVE_HELLO_DOORS_MAX }, () => one);
  const hello = encodeLiveMessage({ type: 'hello', number: Number.MAX_SAFE_INTEGER, doors, more: true });
  expect(hello.length).toBeLessThan(LIVE_FRAME_MAX_BYTES);
  const seen = encodeLiveMessage({ type: 'seen', number: Number.MAX_SAFE_INTEGER });
  expect(seen.length).toBeLessThan(LIVE_CLIENT_FRAME_MAX_BYTES);
  expect(LIVE_SILENCE_MS).toBeGreaterThan(2 * LIVE_PING_MS);
});
