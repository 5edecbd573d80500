// The points of the matrix: what passes between a courier and a lock, or between a courier and what it stands on, and at which
// something may go wrong. Those of the protocol are generated from its own tables, so that a new message is a new row.
import { CHANNEL_MESSAGE } from '#protocol/channel/channel-messages.ts';
import { CHANNEL, SYNC_CONTROL, SYNC_DATA } from '#protocol/sync/gatt.ts';
import { MESSAGE, messageName, type MessageName } from '#protocol/sync/messages.ts';

export type ChannelPoint = `channel ${keyof typeof CHANNEL_MESSAGE}`;
/** What a courier asks its radio for, beside messages. */
export const LINK_POINTS = ['connect', 'status read', 'subscribe'] as const;
/** Calls of the cloud and entries of the journal, by their names. */
export type StepPoint = (typeof LINK_POINTS)[number] | `cloud ${string}` | `journal ${string}`;
export type MessagePoint = MessageName | ChannelPoint | 'frame';
export type Point = MessagePoint | StepPoint;

const names = <T extends string>(table: Readonly<Record<T, number>>): T[] => Object.keys(table) as T[];

const channelPoints = names(CHANNEL_MESSAGE).map((name): ChannelPoint => `channel ${name}`);

/** Every one of them needs a row in the matrix. */
export const PROTOCOL_POINTS: readonly Point[] = [
  ...LINK_POINTS,
  ...names(MESSAGE),
  'frame',
  ...channelPoints,
];

/** One value on its way: a fragment of a message, or a frame. */
export interface Passing {
  readonly point: MessagePoint;
  readonly from: 'courier' | 'lock';
  readonly isLast: boolean;
}

const LAST = 0x80;
const TYPE_MASK = 0x7f;

/** Undefined for what is no message: of another characteristic. */
export function passingOf(
  from: Passing['from'],
  characteristic: string,
  value: Uint8Array,
): Passing | undefined {
  const head = value[0] ?? 0;
  const isLast = (head & LAST) !== 0;
  const type = head & TYPE_MASK;
  switch (characteristic) {
    case SYNC_DATA:
      return { point: 'frame', from, isLast: true };
    case SYNC_CONTROL:
      return { point: messageName(type, from), from, isLast };
    case CHANNEL: {
      const name = names(CHANNEL_MESSAGE).find((one) => CHANNEL_MESSAGE[one] === type);
      return name === undefined ? undefined : { point: `channel ${name}`, from, isLast };
    }
    default:
      return undefined;
  }
}
