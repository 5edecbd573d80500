// A way for mails to leave: an SMTP server, or a mailbox on this disk.
import { DoorlabError } from '#protocol/errors.ts';
import type { MailAddress } from './mail-address.ts';

export interface OutgoingMail {
  /** The mail's row. */
  readonly id: string;
  /** The same at every attempt, so that a repeat after a crash can be told. */
  readonly messageId: string;
  readonly from: MailAddress;
  /** One address, and no header text. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly dateMs: number;
}

/** `isPermanent`: the server will never take this mail; otherwise another attempt may go well. */
export class MailError extends DoorlabError {
  readonly code = 'MAIL_REFUSED';
  readonly isPermanent: boolean;

  constructor(detail: string, isPermanent: boolean, cause?: unknown) {
    super(detail, { cause });
    this.isPermanent = isPermanent;
  }
}

export interface MailTransport {
  /** Resolves when somebody else answers for the mail. Throws MailError; ends when the signal aborts. */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<void>;
}

/** The fields that nodemailer takes: every address is structured, and nothing is read from files or other servers. */
export const messageOf = (mail: OutgoingMail) => ({
  messageId: mail.messageId,
  from: { ...mail.from },
  to: { name: '', address: mail.to },
  envelope: { from: mail.from.address, to: [mail.to] },
  // What looks like an encoded word (RFC 2047) would be read as what it encodes.
  subject: mail.subject.replaceAll('=?', '= ?'),
  text: mail.text,
  html: mail.html,
  date: new Date(mail.dateMs),
  // RFC 3834: nobody's holiday notice is to answer it.
  headers: { 'Auto-Submitted': 'auto-generated' },
  disableFileAccess: true,
  disableUrlAccess: true,
});
