// Why a backup can't be made or put back.
import { DoorlabError } from '#protocol/errors.ts';

export type BackupErrorCode =
  /** The file to write is there already. */
  | 'BACKUP_EXISTS'
  /** Not a backup, cut short, or changed since it was made. */
  | 'BACKUP_INVALID'
  /** Of another kind of database than the one to be filled, or of a newer program. */
  | 'BACKUP_UNFIT'
  /** The database to be filled holds something. */
  | 'RESTORE_NOT_EMPTY'
  /** pg_dump or pg_restore is missing, or said no. */
  | 'BACKUP_TOOL_FAILED';

export class BackupError extends DoorlabError {
  readonly code: BackupErrorCode;

  constructor(code: BackupErrorCode, message: string, options: { cause?: unknown; next?: string } = {}) {
    super(message, options);
    this.code = code;
  }
}
