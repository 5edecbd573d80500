// Whether the cloud answers, knows the token, and has the same time.
import type { Clock } from '#protocol/ports/clock.ts';
import type { CloudClient } from '../cloud-client.ts';
import { CloudError } from '../cloud-error.ts';
import { check, type Check } from './check.ts';

const SKEW_WARN_MS = 30_000;
/** Beyond it, rows begin and end at the wrong time, and a lock's clock would be set wrong. */
const SKEW_FAIL_MS = 600_000;
/** A Date header counts whole seconds. */
const DATE_STEP_MS = 1_000;

/** `client` undefined: no cloud is named, or no token. Never rejects but by defects. */
export async function checkCloud(
  client: Pick<CloudClient, 'session'> | undefined,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Check[]> {
  if (client === undefined) {
    return [
      check(
        'cloud',
        'unknown',
        'no cloud is named, or no token',
        'Name it with --cloud URL or in doorlab.yaml.',
      ),
    ];
  }
  try {
    const sentMs = clock.nowMs();
    const { session, dateMs } = await client.session({ signal });
    const scopes = session.scopes.join(', ');
    return [
      check('cloud', 'ok', 'it answers'),
      check(
        'cloud-token',
        'ok',
        `of ${session.email}, may ${scopes}, until ${dayOf(session.expiresAtS * 1000)}`,
      ),
      checkSkew(sentMs, clock.nowMs(), dateMs),
    ];
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return failed(error);
  }
}

function failed(error: CloudError): Check[] {
  const isTokens = error.status === 401 || error.status === 403;
  if (!isTokens) return [check('cloud', 'fail', error.message, error.next)];
  return [check('cloud', 'ok', 'it answers'), check('cloud-token', 'fail', error.message, error.next)];
}

/** The answer was dated somewhere between sending and receiving, and cut to a second. */
function checkSkew(sentMs: number, receivedMs: number, dateMs: number | undefined): Check {
  const id = 'cloud-clock';
  if (dateMs === undefined) return check(id, 'unknown', 'the cloud does not say what time it is');
  const aheadMs = Math.max(0, sentMs - (dateMs + DATE_STEP_MS)) - Math.max(0, dateMs - receivedMs);
  const skewS = Math.round(Math.abs(aheadMs) / 1000);
  if (Math.abs(aheadMs) <= SKEW_WARN_MS) return check(id, 'ok', 'this clock and the cloud’s agree');
  return check(
    id,
    Math.abs(aheadMs) > SKEW_FAIL_MS ? 'fail' : 'warn',
    `this clock is ${skewS} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the cloud’s`,
    'Turn on time synchronisation: timedatectl set-ntp true.',
  );
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
