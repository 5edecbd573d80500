// The mailbox on disk, where no SMTP server is named: each mail as an .eml that any mail program opens, and its parts
// as JSON beside it. The links in it open accounts: folder and files are their owner's alone.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { utf8 } from '#protocol/bytes.ts';
import { replaceFile } from '#protocol/node/durable-file.ts';
import { messageOf, type MailTransport, type OutgoingMail } from './transport.ts';

export const MAIL_FOLDER = 'mail';
/** Drafts are of a process that was killed. */
const ENDINGS = ['eml', 'json', 'eml.draft', 'json.draft'];
/** Nothing else that somebody put there is touched. */
const OWN_FILE = /^(mail_[a-z0-9]+)\.(?:eml|json)(?:\.draft)?$/;

const CapturedMail = z.object({ subject: z.string(), text: z.string(), html: z.string() });
export type CapturedMail = z.infer<typeof CapturedMail>;

export class CapturedMailbox implements MailTransport {
  readonly folder: string;
  readonly #composer = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });

  constructor(dataFolder: string) {
    this.folder = join(dataFolder, MAIL_FOLDER);
  }

  /** The same mail again replaces itself. */
  async send(mail: OutgoingMail): Promise<void> {
    const { message } = await this.#composer.sendMail(messageOf(mail));
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    if (process.platform !== 'win32') chmodSync(this.folder, 0o700);
    const { subject, text, html } = mail;
    replaceFile(this.#path(mail.id, 'eml'), message as Buffer, 0o600);
    replaceFile(this.#path(mail.id, 'json'), utf8(JSON.stringify({ subject, text, html })), 0o600);
  }

  /** Undefined where it was taken away, or lies on another machine. */
  read(mailId: string): CapturedMail | undefined {
    try {
      return CapturedMail.parse(JSON.parse(readFileSync(this.#path(mailId, 'json'), 'utf8')));
    } catch {
      return undefined;
    }
  }

  /** Of all mails that lie here, in whatever part. */
  mailIds(): string[] {
    if (!existsSync(this.folder)) return [];
    return [...new Set(readdirSync(this.folder).flatMap((name) => OWN_FILE.exec(name)?.[1] ?? []))];
  }

  forget(mailIds: readonly string[]): void {
    for (const id of mailIds) for (const ending of ENDINGS) rmSync(this.#path(id, ending), { force: true });
  }

  #path(mailId: string, ending: string): string {
    return join(this.folder, `${mailId}.${ending}`);
  }
}
