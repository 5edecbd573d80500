// The mails that DOOR OS sends, and what each of them has to know. Nothing in here is secret: a link is made when
// the mail is sent, and lies nowhere before.
import { z } from 'zod';
import type { MailKind } from '#protocol/api/mails.ts';
import { Line } from '#protocol/api/values.ts';

export type { MailKind };

/** Of an invite. */
export const InviteMailData = z.object({
  firstName: Line,
  propertyName: Line,
  /** In the property's zone, where access begins later. */
  startsAtS: z.int().nullable(),
  zone: z.string(),
});
export type InviteMailData = z.infer<typeof InviteMailData>;

export const ManagerMailData = z.object({ portfolioName: z.string() });
export type ManagerMailData = z.infer<typeof ManagerMailData>;

export const inviteMailKinds = ['welcome', 'invited', 'daily-code'] as const satisfies MailKind[];
export type InviteMailKind = (typeof inviteMailKinds)[number];

/** A mail's kind with what its text needs. */
export type MailContent =
  | { readonly kind: InviteMailKind; readonly data: InviteMailData }
  | { readonly kind: 'manager-welcome'; readonly data: ManagerMailData }
  | { readonly kind: 'password-reset' | 'password-changed' };

/** A row of the database, parsed. Throws for what no `enqueueMail` wrote. */
export function contentOf(kind: MailKind, data: string): MailContent {
  const value: unknown = JSON.parse(data);
  switch (kind) {
    case 'welcome':
    case 'invited':
    case 'daily-code':
      return { kind, data: InviteMailData.parse(value) };
    case 'manager-welcome':
      return { kind, data: ManagerMailData.parse(value) };
    case 'password-reset':
    case 'password-changed':
      return { kind };
  }
}

/** Of what many get at once. */
export const BULK_URGENCY = 2;

/** The lower, the sooner: who asked for a link is waiting for it, and a password that was changed may be an alarm. */
export function urgencyOf(kind: MailKind): number {
  switch (kind) {
    case 'password-reset':
      return 0;
    case 'password-changed':
      return 1;
    case 'welcome':
    case 'invited':
    case 'daily-code':
    case 'manager-welcome':
      return BULK_URGENCY;
  }
}
