// A check of the cloud's doctor: what was looked at, what was found, and the exact thing to do. What can't be known is
// called unknown, never fine.
export type CloudCheckStatus = 'ok' | 'warn' | 'fail' | 'unknown';

export type CloudCheckId =
  | 'cloud-keys'
  | 'key-permissions'
  | 'key-strength'
  | 'key-age'
  | 'root-key'
  | 'rotation'
  | 'database'
  | 'database-version'
  | 'database-keys'
  | 'disk-space'
  | 'backup'
  | 'clock'
  | 'database-tls'
  | 'mail';

export interface CloudCheck {
  readonly id: CloudCheckId;
  readonly status: CloudCheckStatus;
  readonly detail: string;
  /** What to do, one sentence or one command; undefined where nothing is to be done. */
  readonly remedy: string | undefined;
}

export const cloudCheck = (
  id: CloudCheckId,
  status: CloudCheckStatus,
  detail: string,
  remedy?: string,
): CloudCheck => ({ id, status, detail, remedy });
