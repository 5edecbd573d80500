// The mailbox on disk as whoever gets the mails reads it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser, type ParsedMail } from 'mailparser';
import { expect, vi } from 'vitest';
import { MAIL_FOLDER } from '#cloud/mail/captured-mailbox.ts';

/** All mails to an address, in no order. */
export async function mailsTo(dataFolder: string, address: string): Promise<ParsedMail[]> {
  const folder = join(dataFolder, MAIL_FOLDER);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.eml')) : [];
  const parsed = await Promise.all(names.map((name) => simpleParser(readFileSync(join(folder, name)))));
  return parsed.filter((mail) => recipientsOf(mail).includes(address));
}

export const recipientsOf = ({ to }: ParsedMail): string[] =>
  [to ?? []].flat().flatMap(({ value }) => value.map(({ address }) => address ?? ''));

/** The one mail to the address whose subject has the words. */
export const mailTo = (dataFolder: string, address: string, subject: string): Promise<ParsedMail> =>
  vi.waitFor(
    async () => {
      const found = (await mailsTo(dataFolder, address)).filter((mail) => mail.subject?.includes(subject));
      expect(found).toHaveLength(1);
      return found[0]!;
    },
    { timeout: 20_000, interval: 50 },
  );

/** The token in the link to set a password. */
export function tokenIn(mail: ParsedMail): string {
  const token = /\/password#token=(dlp_[a-z2-7]+)/.exec(mail.text ?? '')?.[1];
  if (token === undefined) throw new Error(`no link in ${mail.text ?? ''}`);
  return token;
}
