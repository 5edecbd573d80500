// A check of doctor: what was looked at, what was found, and the exact thing to do. What can't be known is called
// unknown, never fine.

export type CheckStatus = 'ok' | 'warn' | 'fail' | 'unknown';

export interface Check {
  readonly id: CheckId;
  readonly status: CheckStatus;
  readonly detail: string;
  /** What to do, one sentence or one command; undefined where nothing is to be done. */
  readonly remedy: string | undefined;
}

export type CheckId =
  | 'node'
  | 'kernel-bluetooth'
  | 'adapter'
  | 'rfkill'
  | 'adapter-permission'
  | 'native-binding'
  | 'adapter-power'
  | 'bluetooth-service'
  | 'adapter-holder'
  | 'privacy'
  | 'winusb'
  | 'live-scan'
  | 'data-folder'
  | 'keys'
  | 'token-permissions'
  | 'cloud'
  | 'cloud-token'
  | 'cloud-clock';

export const check = (id: CheckId, status: CheckStatus, detail: string, remedy?: string): Check => ({
  id,
  status,
  detail,
  remedy,
});

export const isBroken = (checks: readonly Check[]): boolean => checks.some(({ status }) => status === 'fail');
