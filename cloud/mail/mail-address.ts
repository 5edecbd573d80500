// The sender of all mails, from the configuration.
import { z } from 'zod';
import { Line } from '#protocol/api/values.ts';
import { DoorlabError } from '#protocol/errors.ts';

export class MailFromError extends DoorlabError {
  readonly code = 'MAIL_FROM_INVALID';
}

export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

/** `Door OS <doors@example.com>` or the address alone. Throws MailFromError. */
export function parseMailFrom(text: string): MailAddress {
  const [, name = '', address = text.trim()] = /^([^<>]*)<([^<>]+)>$/.exec(text.trim()) ?? [];
  const parsed = {
    name: Line.safeParse(name === '' ? 'DOOR OS' : name),
    address: z.email().safeParse(address.trim()),
  };
  if (parsed.name.success && parsed.address.success) {
    return { name: parsed.name.data, address: parsed.address.data };
  }
  throw new MailFromError('the sender of mails is not an address', {
    next: 'Give one like "DOOR OS <doors@example.com>".',
  });
}
