// Mails as a manager sees them: whether one went out, and in a demo what it said.
import { z } from 'zod';
import { Id, Page, TimeS } from './values.ts';

/**
 * `welcome`: an invite of somebody without a password; `invited`: of somebody who has one. `daily-code`: of somebody
 * who gets doorcodes and no app.
 */
export const mailKinds = [
  'welcome',
  'invited',
  'daily-code',
  'manager-welcome',
  'password-reset',
  'password-changed',
] as const;
export const MailKind = z.enum(mailKinds);
export type MailKind = z.infer<typeof MailKind>;

/** `waiting`: on its way or tried again; `dropped`: there was no reason for it any more. */
export const MailState = z.enum(['waiting', 'sent', 'dropped', 'failed']);

export const Mail = z.object({
  id: Id,
  kind: MailKind,
  to: z.string(),
  personId: Id.nullable(),
  state: MailState,
  attempts: z.int(),
  /** What the mail server said last, where it did not take it. */
  lastError: z.string().nullable(),
  createdAtS: TimeS,
  sentAtS: TimeS.nullable(),
});
export type Mail = z.infer<typeof Mail>;
/** As a person’s view shows it. */
export const PersonMail = Mail.pick({
  kind: true,
  state: true,
  lastError: true,
  createdAtS: true,
  sentAtS: true,
});
export type PersonMail = z.infer<typeof PersonMail>;
export const Mails = z.object({ items: z.array(Mail) });

/** Null where the mailbox has lost it. */
export const DemoMail = Mail.extend({
  content: z.object({ subject: z.string(), text: z.string(), html: z.string() }).nullable(),
});
export const DemoMailPage = Page(DemoMail);
