// Where mails go: to the SMTP server that is named, and otherwise into a mailbox on this disk.
import { CapturedMailbox } from './captured-mailbox.ts';
import { MailFromError, parseMailFrom, type MailAddress } from './mail-address.ts';
import { smtpTransport } from './smtp-transport.ts';
import type { MailTransport } from './transport.ts';

export interface MailOptions {
  /** smtp:// or smtps://, with user and password where the server wants them. */
  readonly smtpUrl?: string | undefined;
  /** `DOOR OS <doors@example.com>`; needed with a server. */
  readonly from?: string | undefined;
  /** Whether portfolio managers may read the mailbox on disk, links and all: for demos. */
  readonly isShown?: boolean;
}

export interface MailParts {
  readonly transport: MailTransport;
  readonly from: MailAddress;
  /** Where mails stay on disk. */
  readonly folder: string | undefined;
  /** Where they may also be shown. */
  readonly shown: CapturedMailbox | undefined;
}

const NOBODY: MailAddress = { name: 'DOOR OS', address: 'door-os@localhost' };

/** Throws SmtpUrlError, MailFromError. */
export function mailPartsOf(dataFolder: string, options: MailOptions = {}): MailParts {
  const from = options.from === undefined ? undefined : parseMailFrom(options.from);
  if (options.smtpUrl === undefined) {
    const mailbox = new CapturedMailbox(dataFolder);
    return {
      transport: mailbox,
      from: from ?? NOBODY,
      folder: mailbox.folder,
      shown: options.isShown === true ? mailbox : undefined,
    };
  }
  if (from === undefined) {
    throw new MailFromError('mails by SMTP need a sender', {
      next: 'Give one with --mail-from "DOOR OS <doors@example.com>".',
    });
  }
  return { transport: smtpTransport(options.smtpUrl), from, folder: undefined, shown: undefined };
}
