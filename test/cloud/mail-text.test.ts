// What a mail says, whatever names people have: nobody adds a line to its header, an address to its recipients or a
// tag to its page.
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { createTransport } from 'nodemailer';
import { expect, test } from 'vitest';
import { enqueueMail, type MailWork } from '#cloud/mail/enqueue.ts';
import { parseMailFrom } from '#cloud/mail/mail-address.ts';
import { contentOf, InviteMailData, type MailContent } from '#cloud/mail/mail-kinds.ts';
import { escapeHtml, htmlOf, plainOf } from '#cloud/mail/mail-layout.ts';
import { textOf } from '#cloud/mail/mail-text.ts';
import { messageOf } from '#cloud/mail/transport.ts';
import { mailKinds } from '#protocol/api/mails.ts';
import { recipientsOf } from './mailbox.ts';

const PLACES = {
  publicUrl: 'https://doors.example.com',
  passwordUrl: 'https://doors.example.com/password#token=dlp_x',
};
const HEADERS = [
  'auto-submitted',
  'content-type',
  'date',
  'from',
  'message-id',
  'mime-version',
  'subject',
  'to',
];

/** Built to break out of where they stand. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 90 }),
  fc.string({
    unit: fc.constantFrom('\r', '\n', '<', '>', '"', ',', ';', ':', '@', '=', '?', ' ', 'B'),
    maxLength: 80,
  }),
  fc.constantFrom(
    'Ada\r\nBcc: evil@example.com',
    'Ada\nX-Evil: 1',
    '=?utf-8?B?DQpCY2M6IGV2aWxAZXhhbXBsZS5jb20=?=',
    '"Ada" <evil@example.com>, b',
    '<script>alert(1)</script>',
    '</title><img src=x onerror=alert(1)>',
    '{{link}} ${link}',
  ),
);

const inviteData = (firstName: string, propertyName: string): InviteMailData | undefined =>
  InviteMailData.safeParse({ firstName, propertyName, startsAtS: null, zone: 'UTC' }).data;

async function composed(content: MailContent) {
  const text = textOf(content, PLACES);
  const { message } = await createTransport({ streamTransport: true, buffer: true }).sendMail(
    messageOf({
      id: 'mail_x',
      messageId: '<mail_x@example.com>',
      from: { name: 'DOOR OS', address: 'doors@example.com' },
      to: 'ada@example.com',
      subject: text.subject,
      text: plainOf(text),
      html: htmlOf(text),
      dateMs: 1_800_000_000_000,
    }),
  );
  return { text, mail: await simpleParser(message) };
}

test('header injection: whatever the names are, a mail has its own headers and its one recipient', async () => {
  await fc.assert(
    fc.asyncProperty(
      hostile,
      hostile,
      fc.constantFrom('welcome', 'invited', 'daily-code'),
      async (first, property, kind) => {
        const data = inviteData(first, property);
        if (data === undefined) return;
        const { text, mail } = await composed({ kind, data });
        expect([...mail.headers.keys()].sort()).toEqual(HEADERS);
        expect(recipientsOf(mail)).toEqual(['ada@example.com']);
        expect(mail.bcc).toBeUndefined();
        const shown = text.subject.replaceAll('=?', '= ?');
        expect(mail.subject?.replaceAll(/\s+/g, ' ')).toBe(shown.replaceAll(/\s+/g, ' '));
        expect(mail.attachments).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});

test('script injection: a name adds no tag, no attribute and no reference to the page of a mail', () => {
  const tags = (html: string): number => html.split(/[<>"]/).length;
  fc.assert(
    fc.property(hostile, hostile, (first, property) => {
      const data = inviteData(first, property);
      if (data === undefined) return;
      const page = (wish: InviteMailData): string => htmlOf(textOf({ kind: 'welcome', data: wish }, PLACES));
      const plain = inviteData('Ada', 'House')!;
      expect(tags(page(data))).toBe(tags(page(plain)));
      expect(escapeHtml(data.firstName)).not.toMatch(/[<>"']/);
    }),
    { numRuns: 500 },
  );
});

test('a name with a line break, and an address that is none, never become a mail', async () => {
  const work = {
    trx: { selectFrom: () => none, insertInto: () => expect.unreachable('nothing is written') },
    nowS: 1,
    random: { bytes: (length: number) => new Uint8Array(length), fork: () => expect.unreachable() },
  } as unknown as MailWork;
  const none = {
    select: () => none,
    where: () => none,
    limit: () => none,
    execute: () => Promise.resolve([]),
  };
  const invite = (to: string, firstName: string) =>
    enqueueMail(work, {
      kind: 'welcome',
      to,
      accountId: 'a',
      personId: 'p',
      portfolioId: 'o',
      data: { firstName, propertyName: 'House', startsAtS: null, zone: 'UTC' },
    });
  for (const name of ['Ada\r\nBcc: evil@example.com', 'A\nda', 'A\u2028da', '', ' ']) {
    await expect(invite('ada@example.com', name)).rejects.toThrow();
  }
  for (const to of [
    'ada@example.com\r\nBcc: evil@example.com',
    'a@b.c, evil@example.com',
    '<ada@example.com>',
    'ada',
  ]) {
    await expect(invite(to, 'Ada')).rejects.toThrow();
  }
});

test('the configured sender is one address and one line, or refused', () => {
  expect(parseMailFrom('Doors <doors@example.com>')).toEqual({ name: 'Doors', address: 'doors@example.com' });
  expect(parseMailFrom('doors@example.com')).toEqual({ name: 'DOOR OS', address: 'doors@example.com' });
  fc.assert(
    fc.property(hostile, (text) => {
      try {
        const { name, address } = parseMailFrom(text);
        expect(`${name}${address}`).not.toMatch(/[\r\n<>]/);
      } catch (error) {
        expect(error).toMatchObject({ code: 'MAIL_FROM_INVALID' });
      }
    }),
  );
});

test('every mail is readable without its page, fetches nothing, and shows where its link leads', () => {
  const data = {
    firstName: 'Ada',
    propertyName: 'House',
    startsAtS: 1_893_456_000,
    zone: 'America/New_York',
  };
  for (const kind of mailKinds) {
    const content = contentOf(
      kind,
      JSON.stringify(kind === 'manager-welcome' ? { portfolioName: 'Homes' } : data),
    );
    const text = textOf(content, PLACES);
    const [plain, html] = [plainOf(text), htmlOf(text)];
    expect(html).not.toMatch(/<(img|script|link|iframe|form|style)|src=|url\(/i);
    for (const paragraph of [...text.paragraphs, ...text.notes]) {
      expect(plain).toContain(paragraph);
      expect(html).toContain(escapeHtml(paragraph));
    }
    const urls = html.match(/https:\/\/[^"<\s]+/g) ?? [];
    expect(urls.every((url) => url.startsWith(PLACES.publicUrl))).toBe(true);
    if (text.action !== undefined) expect(plain).toContain(text.action.url);
  }
  const welcome = textOf({ kind: 'welcome', data }, PLACES);
  expect(welcome.paragraphs.join()).toContain('31 December 2029 at 19:00 (America/New_York)');
});
