// Whether an agent does its work, for whoever watches over it. What nobody can know is unknown, not fine. Pure.
import type { AgentState } from './agent-state.ts';
import { SCAN_SILENCE_MS } from './agent-limits.ts';

export interface AgentHealth {
  /** `failing`: doors stay as they are until somebody or something mends it. */
  readonly status: 'ok' | 'failing';
  readonly cloud: 'ok' | 'unknown' | 'away' | 'token-refused';
  readonly channel: 'ok' | 'closed';
  readonly radio: 'ok' | 'closed' | 'nobody-heard';
  readonly journal: 'ok' | 'not-written';
  readonly receiptsHeld: number;
}

export function healthOf(
  state: AgentState,
  heardAtMs: number | undefined,
  nowMs: number,
  receiptsHeld: number,
): AgentHealth {
  const cloud = ({ there: 'ok', unknown: 'unknown', away: 'away', refused: 'token-refused' } as const)[
    state.cloud.name
  ];
  const isHeard = heardAtMs !== undefined && nowMs - heardAtMs < 2 * SCAN_SILENCE_MS;
  const hears = state.radio.silences === 0 && isHeard ? 'ok' : 'nobody-heard';
  const radio = state.radio.name === 'open' ? hears : 'closed';
  const journal = state.diskNotBeforeMs > nowMs ? 'not-written' : 'ok';
  const channel = state.channel.name === 'connected' ? 'ok' : 'closed';
  // A house in which nobody shows itself, and a channel that is polled for, are no failures.
  const isOk = cloud === 'ok' && radio !== 'closed' && journal === 'ok';
  return { status: isOk ? 'ok' : 'failing', cloud, channel, radio, journal, receiptsHeld };
}
