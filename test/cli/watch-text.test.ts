// An agent in words, and as much of it as a screen holds.
import { expect, test } from 'vitest';
import type { AgentLine, DoorLine } from '#gateway/agent/agent-view.ts';
import { openScreen } from '#cli/screen.ts';
import { lineText, picture } from '#cli/watch-text.ts';

const agent: AgentLine = {
  type: 'agent',
  cloud: 'there',
  channel: 'connected',
  radio: 'open',
  doors: 3,
  inRange: 2,
  due: 1,
  receiptsHeld: 0,
};
const door = (over: Partial<DoorLine> = {}): DoorLine => ({
  type: 'door',
  doorId: `door_${over.door ?? '4A'}`,
  door: '4A',
  state: 'up-to-date',
  ...over,
});

test.each([
  [agent, 'Cloud answers, radio listening; 3 doors, 2 in range, 1 due'],
  [
    { ...agent, cloud: 'away', channel: 'closed', detail: 'no answer', receiptsHeld: 2 },
    'Cloud does not answer, live channel closed, radio listening (no answer); 3 doors, 2 in range, 1 due, 2 receipts to tell the cloud',
  ],
  [
    { ...agent, doors: 1, inRange: 0, due: 0, receiptsHeld: 1 },
    'Cloud answers, radio listening; 1 door, 0 in range, 0 due, 1 receipt to tell the cloud',
  ],
  [door({ rssi: -51 }), '4A: up to date, in range at -51 dBm'],
  [door({ state: 'due', why: 'asked', rssi: -60 }), '4A: due (Sync now), in range at -60 dBm'],
  [door({ state: 'far', why: 'table' }), '4A: due, out of range'],
  [door({ state: 'syncing', why: 'leaving' }), '4A: syncing (its lock is to leave)'],
  [
    door({
      state: 'waits',
      why: 'log',
      nextAtS: 1_772_355_600,
      last: { result: 'failed', code: 'TIMEOUT', atS: 1_772_355_540 },
    }),
    '4A: waits (event log) until 2026-03-01 09:00:00 UTC, last failed (TIMEOUT) at 2026-03-01 08:59:00 UTC',
  ],
  [door({ state: 'syncing', why: 'table' }), '4A: syncing (table)'],
  [{ type: 'gone', doorId: 'door_x' }, 'door_x: no longer a door of this agent'],
] as const)('%j', (line, text) => {
  expect(lineText(line)).toBe(text);
});

test('what happens comes first, and what does not fit is counted', () => {
  const doors = ['a', 'b', 'c', 'd'].map((name) => door({ door: name }));
  doors.push(door({ door: 'z', state: 'syncing', why: 'table', bytes: 50, totalBytes: 100 }));
  const lines = picture(
    { agent, doors: new Map(doors.map((line) => [line.doorId, line])) },
    { rows: 6, columns: 60 },
  );
  expect(lines.length).toBe(5);
  expect(lines[1]).toMatch(/^z: syncing \(table\), \[=+>/);
  expect(lines.at(-1)).toBe('and 2 more');
  expect(lines.every((line) => line.length <= 60)).toBe(true);
});

test('a picture is drawn over the one before, and a name moves no cursor', () => {
  let written = '';
  const stdout = { isTTY: true, rows: 24, columns: 80, write: (text: string) => (written += text) } as never;
  const screen = openScreen({ stdout }, { TERM: 'xterm' })!;
  screen.draw(['one', 'two\u001b[2Jthree']);
  screen.draw(['four']);
  screen.end();
  expect(written).toBe('\u001b[?25l\r\u001b[0Jone\ntwo?[2Jthree\n\u001b[2A\r\u001b[0Jfour\n\u001b[?25h');
  expect(openScreen({ stdout }, { TERM: 'dumb' })).toBeUndefined();
  expect(openScreen(undefined, {})).toBeUndefined();
});
