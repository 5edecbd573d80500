// The exit codes, the same for every command, and which typed error ends in which: scripts rely on them.
import { DoorlabError } from '#protocol/errors.ts';
import type { RadioErrorCode } from '#radio/ports/errors.ts';
import type { ControlErrorCode } from '#lock-sim/control/control-error.ts';
import type { FlashFileErrorCode } from '#lock-sim/flash/flash-file.ts';
import type { LockFolderError } from '#lock-sim/lock-folder.ts';
import type { SecureFileError } from '#lock-sim/secure-element/secure-file.ts';
import type { StorageError } from '#lock-sim/storage/storage-error.ts';
import type { CloudErrorCode } from '#gateway/cloud-error.ts';
import type { GatewayErrorCode } from '#gateway/gateway-error.ts';
import type { JournalErrorCode } from '#gateway/journal.ts';
import type { PhoneErrorCode } from '#gateway/phone/phone-error.ts';
import type { PublicUrlError } from '#cloud/accounts/site.ts';
import type { BackupErrorCode } from '#cloud/backup/backup-error.ts';
import type { DataFolderError } from '#cloud/data-folder.ts';
import type {
  DatabaseFullError,
  DatabaseUnavailableError,
  DatabaseMissingError,
  DatabaseUnfitError,
  DatabaseUrlError,
} from '#cloud/db/database-error.ts';
import type { DatabaseTooNewError, RestoreUnfinishedError } from '#cloud/db/migrate.ts';
import type { MailFromError } from '#cloud/mail/mail-address.ts';
import type { SmtpUrlError } from '#cloud/mail/smtp-url.ts';
import type { ListenError } from '#cloud/http/server.ts';
import type { KeyCeremonyErrorCode } from '#cloud/keys/ceremony-error.ts';
import type { KeyFileError } from '#cloud/keys/key-file.ts';
import type { DemoError } from '#lab/demo/demo-error.ts';
import type { CliErrorCode } from './cli-error-code.ts';

export const EXIT = {
  done: 0,
  /** The command ran and failed, or an assertion of a scenario did. */
  failed: 1,
  /** Wrong flags, wrong configuration, a name or label mistyped, a file named that isn't there. */
  usage: 2,
  /** Something the machine lacks: an adapter, a free port or file, a cloud that runs and takes the token. */
  environment: 3,
  /** The door was not met or did not answer in time. */
  unreachable: 4,
  /** The lock answered no. */
  refused: 5,
  /** Some doors were done, others not. */
  partly: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * Every typed error that can end a command, but for those of the wire format: what a lock says of them comes as
 * LOCK_REFUSED or LOCK_GARBLED. The type holds the table complete.
 */
type TypedCode =
  | CliErrorCode
  | RadioErrorCode
  | GatewayErrorCode
  | CloudErrorCode
  | JournalErrorCode
  | PhoneErrorCode
  | FlashFileErrorCode
  | LockFolderError['code']
  | SecureFileError['code']
  | StorageError['code']
  | ControlErrorCode
  | KeyFileError['code']
  | KeyCeremonyErrorCode
  | ListenError['code']
  | DataFolderError['code']
  | DatabaseTooNewError['code']
  | RestoreUnfinishedError['code']
  | BackupErrorCode
  | DatabaseUnavailableError['code']
  | DatabaseFullError['code']
  | DatabaseMissingError['code']
  | DatabaseUnfitError['code']
  | DatabaseUrlError['code']
  | PublicUrlError['code']
  | SmtpUrlError['code']
  | MailFromError['code']
  | DemoError['code'];

const BY_TYPED_CODE = {
  USAGE: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  INPUT_NEEDED: EXIT.usage,
  FILE_MISSING: EXIT.usage,
  FILE_UNREADABLE: EXIT.usage,
  LOCK_NOT_STARTED: EXIT.environment,
  IMPORT_STOPPED: EXIT.partly,
  COMMAND_TIMEOUT: EXIT.unreachable,
  INTERRUPTED: EXIT.interrupted,

  ADAPTER_MISSING: EXIT.environment,
  ADAPTER_BUSY: EXIT.environment,
  ADAPTER_OFF: EXIT.environment,
  ADAPTER_GONE: EXIT.environment,
  ADAPTER_GARBLED: EXIT.environment,
  TRACE_EXISTS: EXIT.usage,
  TRACE_UNWRITABLE: EXIT.environment,
  AIR_UNREACHABLE: EXIT.environment,
  SCAN_FAILED: EXIT.environment,
  CONNECT_TIMEOUT: EXIT.unreachable,
  CONNECT_FAILED: EXIT.unreachable,
  LINK_LOST: EXIT.unreachable,
  TIMEOUT: EXIT.unreachable,
  ADVERT_INVALID: EXIT.failed,
  ATT_ERROR: EXIT.failed,
  NO_CHARACTERISTIC: EXIT.failed,
  VALUE_TOO_LONG: EXIT.failed,
  CLOSED: EXIT.failed,

  // A name or an id that nobody bears is a word mistyped.
  DOOR_UNKNOWN: EXIT.usage,
  DOOR_AMBIGUOUS: EXIT.usage,
  DOOR_NOT_FOUND: EXIT.unreachable,
  LOCK_REFUSED: EXIT.refused,
  LOCK_GARBLED: EXIT.failed,
  NOT_APPLIED: EXIT.failed,
  KEY_SETS_MISSING: EXIT.environment,
  IMAGE_UNTRUSTED: EXIT.usage,
  FIRMWARE_FELL_BACK: EXIT.failed,
  FIRMWARE_WAITS: EXIT.partly,
  LOCK_UNPROVEN: EXIT.environment,
  RECEIPT_HELD: EXIT.partly,
  PARTLY_DONE: EXIT.partly,
  AGENT_NOT_RUNNING: EXIT.environment,
  AGENT_SILENT: EXIT.environment,
  PHONE_NOT_SIGNED_IN: EXIT.environment,
  PHONE_FILE_UNREADABLE: EXIT.environment,
  PHONE_FILE_TOO_OPEN: EXIT.environment,
  PHONE_FILE_NOT_WRITTEN: EXIT.environment,
  DOOR_NOT_OPENED: EXIT.refused,
  DOOR_CLOSED: EXIT.failed,
  JOURNAL_BUSY: EXIT.environment,
  JOURNAL_UNREADABLE: EXIT.environment,
  JOURNAL_NOT_WRITTEN: EXIT.environment,

  CLOUD_UNREACHABLE: EXIT.environment,
  CLOUD_TIMEOUT: EXIT.environment,
  CLOUD_RUBBISH: EXIT.environment,
  CLOUD_REFUSED: EXIT.failed,
  CANCELLED: EXIT.interrupted,
  // The token and the cloud's state belong to the environment, what was typed to the usage; the rest are refusals.
  NOT_SIGNED_IN: EXIT.environment,
  SIGN_IN_REFUSED: EXIT.environment,
  CSRF_REFUSED: EXIT.environment,
  LOCK_PROOF_REFUSED: EXIT.environment,
  SCOPE_MISSING: EXIT.environment,
  PERMISSION_MISSING: EXIT.failed,
  TOO_MANY_ATTEMPTS: EXIT.environment,
  INTERNAL: EXIT.environment,
  NOT_READY: EXIT.environment,
  DEADLINE_EXCEEDED: EXIT.environment,
  STORAGE_FULL: EXIT.environment,
  INPUT_INVALID: EXIT.usage,
  LABEL_INVALID: EXIT.usage,
  NOT_FOUND: EXIT.usage,
  BODY_TOO_LARGE: EXIT.usage,
  CSV_INVALID: EXIT.usage,
  PASSWORD_REFUSED: EXIT.usage,
  PUBLIC_URL_INVALID: EXIT.usage,
  SMTP_URL_INVALID: EXIT.usage,
  DATABASE_URL_INVALID: EXIT.usage,
  MAIL_FROM_INVALID: EXIT.usage,
  BODY_UNREADABLE: EXIT.failed,
  MEDIA_TYPE: EXIT.failed,
  STATEMENT_MISMATCH: EXIT.failed,
  NAME_TAKEN: EXIT.failed,
  PERSON_EXISTS: EXIT.failed,
  ADDRESS_FIXED: EXIT.failed,
  CREDENTIAL_FIXED: EXIT.failed,
  GRANT_EXISTS: EXIT.failed,
  GRANT_ENDED: EXIT.failed,
  DOOR_TYPE_FIXED: EXIT.failed,
  DOOR_HAS_LOCK: EXIT.failed,
  DOOR_WITHOUT_LOCK: EXIT.failed,
  ACTIVATION_PENDING: EXIT.failed,
  LOCK_RELEASED: EXIT.failed,
  LOCK_ELSEWHERE: EXIT.failed,
  CODES_EXHAUSTED: EXIT.failed,
  TABLE_FULL: EXIT.failed,
  HEAD_LIMIT: EXIT.failed,
  VERSIONS_EXHAUSTED: EXIT.failed,
  METHOD_NOT_ALLOWED: EXIT.failed,
  TOO_MANY_OVERLAPS: EXIT.failed,
  RECEIPT_STALE_NONCE: EXIT.failed,
  RECEIPT_OTHER_TABLE: EXIT.failed,
  RECEIPT_INVALID: EXIT.failed,
  LOG_CONTRADICTS: EXIT.failed,
  LOG_BATCH_INVALID: EXIT.failed,
  LOG_BATCH_UNREADABLE: EXIT.failed,
  ACTIVATION_ENDED: EXIT.failed,
  IDEMPOTENCY_REPLAY: EXIT.failed,
  LINK_ENDED: EXIT.failed,
  IMPORT_ENDED: EXIT.failed,
  KEY_HELD: EXIT.failed,
  SHARING_OFF: EXIT.failed,
  GUEST_LIMIT: EXIT.failed,
  GUEST_BEYOND_HOST: EXIT.failed,
  LAST_PORTFOLIO_MANAGER: EXIT.failed,
  MANAGER_EXISTS: EXIT.failed,
  IMPORT_STARTED: EXIT.failed,
  KEYCARD_NEEDS_APP: EXIT.failed,
  KEYCARD_IN_USE: EXIT.failed,
  DAILY_SLOTS_FULL: EXIT.failed,
  CODE_NOT_RESETTABLE: EXIT.failed,
  PHONE_IN_USE: EXIT.failed,
  IDEMPOTENCY_KEY_REUSED: EXIT.failed,

  // A file that another process holds, or that is damaged.
  FLASH_FILE_BUSY: EXIT.environment,
  FLASH_FILE_INVALID: EXIT.environment,
  FLASH_FILE_IO: EXIT.environment,
  LOCK_FOLDER_INVALID: EXIT.environment,
  SECURE_FILE_INVALID: EXIT.environment,
  KEY_MISSING: EXIT.environment,
  KEY_UNREADABLE: EXIT.environment,
  KEY_TOO_OPEN: EXIT.environment,
  KEY_EXISTS: EXIT.environment,
  KEY_FOREIGN: EXIT.environment,
  REQUEST_UNREADABLE: EXIT.usage,
  SIGNATURE_UNREADABLE: EXIT.usage,
  ROOT_UNKNOWN: EXIT.usage,
  SIGNED_BEFORE: EXIT.failed,
  ROTATION_PENDING: EXIT.failed,
  ROTATION_NONE: EXIT.failed,
  ROTATION_REFUSED: EXIT.failed,
  RELEASE_REFUSED: EXIT.failed,
  DATABASE_TOO_NEW: EXIT.environment,
  DATABASE_MISSING: EXIT.environment,
  DATABASE_UNFIT: EXIT.environment,
  DATABASE_UNAVAILABLE: EXIT.environment,
  DATABASE_FULL: EXIT.environment,
  RESTORE_UNFINISHED: EXIT.environment,
  RESTORE_NOT_EMPTY: EXIT.environment,
  BACKUP_EXISTS: EXIT.usage,
  BACKUP_INVALID: EXIT.usage,
  BACKUP_UNFIT: EXIT.usage,
  BACKUP_TOOL_FAILED: EXIT.environment,
  DATA_FOLDER_TOO_OPEN: EXIT.environment,
  CANNOT_LISTEN: EXIT.environment,

  LOCK_NOT_RUNNING: EXIT.unreachable,
  LOCK_DARK: EXIT.unreachable,
  LOCK_BATTERY_EMPTY: EXIT.unreachable,
  LOCK_STORAGE_FAILED: EXIT.environment,
  CONTROL_FAILED: EXIT.unreachable,
  CONTROL_REFUSED: EXIT.failed,
  CONTROL_PATH_TOO_LONG: EXIT.usage,
  FLASH_WORN: EXIT.failed,
  STORE_FAILED: EXIT.environment,

  DEMO_STEP_FAILED: EXIT.failed,
  DEMO_PEOPLE_UNFIT: EXIT.failed,
} as const satisfies Record<TypedCode, ExitCode>;

/** Of Node and the system, and the few others; what stands nowhere ends in 1. */
const BY_OTHER_CODE = {
  BAD_LABEL: EXIT.usage,
  NOT_INSTALLED: EXIT.environment,
  ENOENT: EXIT.usage,
  EISDIR: EXIT.usage,
  EEXIST: EXIT.usage,
  ENOTDIR: EXIT.usage,
  EACCES: EXIT.environment,
  EPERM: EXIT.environment,
  EADDRINUSE: EXIT.environment,
  EADDRNOTAVAIL: EXIT.environment,
  ECONNREFUSED: EXIT.environment,
  ENOTFOUND: EXIT.environment,
  ENOSPC: EXIT.environment,
  EROFS: EXIT.environment,
} as const;

const BY_ERROR_CODE: ReadonlyMap<string, ExitCode> = new Map<string, ExitCode>([
  ...Object.entries(BY_TYPED_CODE),
  ...Object.entries(BY_OTHER_CODE),
]);

export function exitCodeOf(error: unknown): ExitCode {
  const code = codeOf(error);
  return (code === undefined ? undefined : BY_ERROR_CODE.get(code)) ?? EXIT.failed;
}

/** The string code of a typed error or of a system error of Node. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof DoorlabError) return error.code;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}
