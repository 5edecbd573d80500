// An agent in words: a line for each door, and a picture of all that fits on the screen. Pure.
import type { AgentLine, DoorLine, WatchLine } from '#gateway/agent/agent-view.ts';
import { counted } from './counted.ts';
import { timeText } from './numbers.ts';
import { barText } from './transfer.ts';

export interface Watched {
  agent: AgentLine | undefined;
  readonly doors: Map<string, DoorLine>;
}

const CLOUD = {
  unknown: 'not asked yet',
  there: 'answers',
  away: 'does not answer',
  refused: 'refuses the token',
} as const;
const RADIO = { closed: 'closed', opening: 'being opened', open: 'listening' } as const;
const WHY = {
  asked: 'Sync now',
  leaving: 'its lock is to leave',
  table: 'table',
  log: 'event log',
  list: 'asking the cloud',
} as const;
const STATES: readonly DoorLine['state'][] = ['syncing', 'due', 'waits', 'far', 'up-to-date'];

export function lineText(line: WatchLine): string {
  switch (line.type) {
    case 'agent':
      return agentText(line);
    case 'door':
      return doorText(line);
    case 'gone':
      return `${line.doorId}: no longer a door of this agent`;
  }
}

function agentText({ cloud, radio, channel, detail, doors, inRange, due, receiptsHeld }: AgentLine): string {
  const held = receiptsHeld === 0 ? '' : `, ${counted(receiptsHeld, 'receipt')} to tell the cloud`;
  const why = detail === undefined ? '' : ` (${detail})`;
  const live = channel === 'connected' ? '' : ', live channel closed';
  return `Cloud ${CLOUD[cloud]}${live}, radio ${RADIO[radio]}${why}; ${counted(doors, 'door')}, ${inRange} in range, ${due} due${held}`;
}

function doorText(line: DoorLine, withBar = false): string {
  const { door, state, why, rssi, bytes, totalBytes, nextAtS, last } = line;
  const parts: string[] = [];
  if (state === 'syncing') parts.push(`syncing (${WHY[why ?? 'table']})`);
  if (state === 'due') parts.push(`due (${WHY[why ?? 'table']})`);
  if (state === 'waits' && nextAtS !== undefined)
    parts.push(`waits (${WHY[why ?? 'table']}) until ${timeText(nextAtS)}`);
  if (state === 'far') parts.push('due, out of range');
  if (state === 'up-to-date') parts.push('up to date');
  if (rssi !== undefined) parts.push(`in range at ${rssi} dBm`);
  if (withBar && bytes !== undefined && totalBytes !== undefined)
    parts.push(barText({ done: bytes, total: totalBytes, unit: 'bytes', perSecond: undefined }));
  if (last !== undefined && state !== 'syncing') {
    const code = last.code === undefined ? '' : ` (${last.code})`;
    parts.push(`last ${last.result.replaceAll('-', ' ')}${code} at ${timeText(last.atS)}`);
  }
  return `${door}: ${parts.join(', ')}`;
}

/** At most that many lines, what happens first. */
export function picture(
  { agent, doors }: Watched,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): string[] {
  const inOrder = [...doors.values()].sort(
    (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || a.door.localeCompare(b.door),
  );
  const room = Math.max(1, rows - 3);
  const shown = inOrder.slice(0, room).map((line) => doorText(line, true));
  const rest = inOrder.length > room ? [`and ${inOrder.length - room} more`] : [];
  const lines = [agent === undefined ? 'Waiting for the agent.' : agentText(agent), ...shown, ...rest];
  return lines.map((line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line));
}
