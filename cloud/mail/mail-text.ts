// What each mail says: a subject, a few sentences, and at most one link.
import type { InviteMailData, MailContent } from './mail-kinds.ts';

export interface MailText {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly action?: { readonly label: string; readonly url: string };
  /** After the link, in small print. */
  readonly notes: readonly string[];
}

export interface MailPlaces {
  readonly publicUrl: string;
  /** To set a password, where the account needs one. */
  readonly passwordUrl: string | undefined;
}

export function textOf(content: MailContent, places: MailPlaces): MailText {
  switch (content.kind) {
    case 'welcome':
    case 'invited':
      return inviteText(content.data, places);
    case 'daily-code':
      return dailyCodeText(content.data);
    case 'manager-welcome':
      return managerText(content.data.portfolioName, places);
    case 'password-reset':
      return {
        subject: 'Set your password for DOOR OS',
        paragraphs: ['Somebody, most likely you, asked to set the password of this address in DOOR OS.'],
        ...linkTo('Set a password', places.passwordUrl),
        notes: [
          'The link works once, for one hour.',
          'If it was not you, nothing has to be done: without the link the password stays as it is.',
        ],
      };
    case 'password-changed':
      return {
        subject: 'Your password for DOOR OS was changed',
        paragraphs: [
          'The password of this address in DOOR OS was set anew just now.',
          'Every session has ended, and so has every token that acts for the account, those of couriers and gateways included: make new ones where they are needed. Phones that open doors keep doing so.',
        ],
        notes: ['If it was not you, use "forgot password" at once, and tell whoever manages your doors.'],
      };
  }
}

function inviteText(data: InviteMailData, { publicUrl, passwordUrl }: MailPlaces): MailText {
  const { firstName, propertyName } = data;
  const paragraphs = [
    `Hello ${firstName},`,
    `you have been given access to doors at ${propertyName}.`,
    ...startOf(data),
  ];
  if (passwordUrl === undefined) {
    return {
      subject: `Your access at ${propertyName}`,
      paragraphs: [...paragraphs, 'Sign in to DOOR App with this address and the password you have.'],
      action: { label: 'Open DOOR', url: publicUrl },
      notes: [],
    };
  }
  return {
    subject: `Welcome to ${propertyName}`,
    paragraphs: [...paragraphs, 'Set a password, and sign in to DOOR App with it and this address.'],
    ...linkTo('Set a password', passwordUrl),
    notes: [LINK_WEEK],
  };
}

const dailyCodeText = (data: InviteMailData): MailText => ({
  subject: `Your doorcodes at ${data.propertyName}`,
  paragraphs: [
    `Hello ${data.firstName},`,
    `you have been given daily doorcodes for doors at ${data.propertyName}. A code opens its door from midnight to midnight; the next day there is another one.`,
    ...startOf(data),
    'Ask whoever invited you for the code of the day. It is not sent by mail.',
  ],
  notes: [],
});

function managerText(portfolioName: string, { publicUrl, passwordUrl }: MailPlaces): MailText {
  const paragraphs = [`You now manage ${portfolioName} in DOOR OS.`];
  if (passwordUrl === undefined) {
    return {
      subject: `You manage ${portfolioName}`,
      paragraphs: [...paragraphs, 'Sign in with this address and the password you have.'],
      action: { label: 'Open DOOR OS', url: publicUrl },
      notes: [],
    };
  }
  return {
    subject: `You manage ${portfolioName}`,
    paragraphs: [...paragraphs, 'Set a password, and sign in with it and this address.'],
    ...linkTo('Set a password', passwordUrl),
    notes: [LINK_WEEK],
  };
}

const LINK_WEEK =
  'The link works once, for seven days. Afterwards "forgot password" sends another one to this address.';

const linkTo = (label: string, url: string | undefined) =>
  url === undefined ? {} : { action: { label, url } };

function startOf({ startsAtS, zone }: InviteMailData): string[] {
  if (startsAtS === null) return [];
  const format = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'full',
    timeStyle: 'short',
    timeZone: zone,
  });
  return [`Access begins on ${format.format(startsAtS * 1000)} (${zone}). You can set everything up before.`];
}
