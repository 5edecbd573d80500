// Which door is to be visited, from when on, and which of several first. Pure. A door out of range needs nothing; among
// those that wait, who has waited longest goes first, so that nobody waits for ever.
import { isUpToDate } from '../courier/recognise.ts';
import * as limits from './agent-limits.ts';
import type { AgentDoor, AgentState, At, Why } from './agent-state.ts';

export interface Need {
  readonly why: Why;
  /** On the monotonic scale; may be to come. */
  readonly fromMs: number;
  /** Who has the lowest goes first, Sync now apart. */
  readonly rank: number;
}

/** Undefined: nothing is to be done there, or nothing can be. */
export function needOf(state: AgentState, door: AgentDoor, at: At): Need | undefined {
  const { shown, wish } = door;
  if (shown === undefined) return undefined;
  const ask = state.asks.get(door.doorId);
  if (ask !== undefined) return { why: 'asked', fromMs: door.notBeforeMs, rank: ask.sinceMs };
  if (door.leaving !== undefined)
    return { why: 'leaving', fromMs: door.notBeforeMs, rank: rankOf(door, door.notBeforeMs) };
  if (wish === undefined) return undefined;
  if (!isUpToDate(shown.advert, wish)) {
    const fromMs = Math.max(door.notBeforeMs, dueFromMs(door, at));
    return { why: isDoubtful(state, door) ? 'list' : 'table', fromMs, rank: rankOf(door, fromMs) };
  }
  if (!shown.advert.logPending) return undefined;
  const fromMs = Math.max(door.notBeforeMs, door.logNotBeforeMs);
  return { why: 'log', fromMs, rank: rankOf(door, fromMs) + limits.LOG_BEHIND_TABLE_MS };
}

/** Stays as it is while the door waits. */
const rankOf = (door: AgentDoor, fromMs: number): number => Math.max(fromMs, door.triedAtMs ?? 0);

/** What the lock has proven is over: it shows something else, and that is never too early to be mended. */
export function dueFromMs({ dueS, wish }: AgentDoor, at: At): number {
  if (dueS === null || wish?.isProven === true) return 0;
  const inS = dueS - limits.DUE_LEAD_S - at.wallS;
  return inS <= 0 ? 0 : at.monoMs + inS * 1_000;
}

/** The lock shows what the cloud wants. Another courier may have been there since the cloud was asked. */
function isDoubtful({ list }: AgentState, { shown, wish }: AgentDoor): boolean {
  if (shown === undefined || wish === undefined || wish.isProven) return false;
  const shows = shown.advert.versionBits === (wish.target.tableVersion & 0xffff);
  return shows && (list.asOfMs === undefined || list.asOfMs < shown.sinceMs);
}

export interface Choice {
  /** Whose turn it is now. */
  readonly next: { readonly doorId: string; readonly why: Why } | undefined;
  /** When the first of the others has its turn; Infinity: none has. */
  readonly laterMs: number;
  /** The cloud's list is wanted for one of them. */
  readonly wantsList: boolean;
}

export function choose(state: AgentState, at: At): Choice {
  let laterMs = Number.POSITIVE_INFINITY;
  let wantsList = false;
  let asked: Candidate | undefined;
  let waiting: Candidate | undefined;
  for (const door of state.doors.values()) {
    if (door.shown === undefined) continue;
    const need = needOf(state, door, at);
    if (need === undefined) continue;
    const { why, fromMs, rank } = need;
    if (fromMs > at.monoMs) laterMs = Math.min(laterMs, fromMs);
    else if (why === 'list') wantsList = true;
    else if (why === 'asked') {
      if (goesBefore(door.doorId, rank, asked)) asked = { doorId: door.doorId, why, rank };
    } else if (goesBefore(door.doorId, rank, waiting)) waiting = { doorId: door.doorId, why, rank };
  }
  const isTheirTurn = waiting === undefined || state.askedInARow < limits.ASKED_IN_A_ROW_MAX;
  return { next: asked !== undefined && isTheirTurn ? asked : (waiting ?? asked), laterMs, wantsList };
}

interface Candidate {
  readonly doorId: string;
  readonly why: Why;
  readonly rank: number;
}

const goesBefore = (doorId: string, rank: number, other: Candidate | undefined): boolean =>
  other === undefined || rank < other.rank || (rank === other.rank && doorId < other.doorId);
