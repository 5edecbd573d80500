// Routes of mails: those of a person’s invites, and in a demo the mailbox.
import { API_BASE, contract, managerAccess } from './contract.ts';
import { DemoMailPage, Mail, Mails } from './mails.ts';
import { PageQuery } from './values.ts';

export const mailRoutes = {
  personMails: contract({
    method: 'GET',
    path: `${API_BASE}/people/{personId}/mails`,
    access: managerAccess,
    permission: 'people',
    summary: 'Mails of a person’s invites, newest first, and whether they could be delivered',
    reply: Mails,
    status: 200,
  }),
  resendInvite: contract({
    method: 'POST',
    path: `${API_BASE}/people/{personId}/mails`,
    access: managerAccess,
    permission: 'people',
    summary: 'Send the mail of the invite again',
    reply: Mail,
    status: 201,
    refusals: ['TOO_MANY_ATTEMPTS'],
  }),
  demoMails: contract({
    method: 'GET',
    path: `${API_BASE}/demo/mails`,
    access: managerAccess,
    permission: 'portfolio',
    summary: 'The mailbox of a demo, newest first; nothing is here otherwise',
    query: PageQuery,
    reply: DemoMailPage,
    status: 200,
    refusals: ['NOT_FOUND'],
  }),
} as const;
