// Whether an agent does its work, for whoever watches over it. What nobody can know is unknown, not fine. Pure.
import type { AgentState } from './agent-state.ts';
import { SCAN_SILENCE_MS, START_GRACE_MS } from './agent-limits.ts';

export interface AgentHealth {
  /** `starting`: cloud and radio have not had their chance yet. `failing`: doors stay as they are until something mends it. */
  readonly status: 'ok' | 'starting' | 'failing';
  readonly cloud: 'ok' | 'unknown' | 'away' | 'token-refused';
  readonly channel: 'ok' | 'closed';
  readonly radio: 'ok' | 'closed' | 'nobody-heard';
  readonly journal: 'ok' | 'not-written';
  readonly receiptsHeld: number;
}

export function healthOf(
  state: AgentState,
  heardAtMs: number | undefined,
  { nowMs, startedMs }: { readonly nowMs: number; readonly startedMs: number },
  receiptsHeld: number,
): AgentHealth {
  const cloud = ({ there: 'ok', unknown: 'unknown', away: 'away', refused: 'token-refused' } as const)[
    state.cloud.name
  ];
  const isHeard = heardAtMs !== undefined && nowMs - heardAtMs < 2 * SCAN_SILENCE_MS;
  const hears = state.radio.silences === 0 && isHeard ? 'ok' : 'nobody-heard';
  const { name, failures } = state.radio;
  // One that is opened anew for its silence has not failed.
  const radio = name === 'open' || (name === 'opening' && failures === 0) ? hears : 'closed';
  const journal = state.diskNotBeforeMs > nowMs ? 'not-written' : 'ok';
  const channel = state.channel.name === 'connected' ? 'ok' : 'closed';
  // A house in which nobody shows itself, and a channel that is polled for, are no failures.
  const isOk = cloud === 'ok' && radio !== 'closed' && journal === 'ok';
  const isYoung = nowMs - startedMs < START_GRACE_MS;
  // A first radio that takes long to open has not opened yet; it opens or fails before the grace is over.
  const isReady = isOk && !(isYoung && name === 'opening');
  const status = isReady ? 'ok' : isYoung && hadNoChance(state) ? 'starting' : 'failing';
  return { status, cloud, channel, radio, journal, receiptsHeld };
}

const hadNoChance = ({ cloud, radio }: AgentState): boolean =>
  (cloud.name === 'unknown' || cloud.name === 'there') && radio.failures === 0;
