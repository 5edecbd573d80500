// Mails to a real SMTP server on loopback: whatever it does, each mail is sent once, tried again, or told as failed.
import { expect, test, vi } from 'vitest';
import { SEND_DEADLINE_MS } from '#cloud/mail/mailer.ts';
import { backoffS, claimMails, GIVE_UP_S, LEASE_S, roomBeside, SLOTS } from '#cloud/mail/mail-queue.ts';
import { parseSmtpUrl } from '#cloud/mail/smtp-url.ts';
import { aCloud } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { aMailRoom } from './mail-room.ts';
import { aMailServer, aStoppingServer, smtpError, stages } from './mail-server.ts';
import { recipientsOf } from './mailbox.ts';

const FROM = 'DOOR OS <doors@example.com>';

test('a mail arrives as plain text and HTML, from the configured sender, to one recipient', async () => {
  const room = await aMailRoom();
  const server = await aMailServer();
  const [id] = await room.enqueue();
  expect(await (await room.mailer(server.url)).sendDue()).toBe(1);
  const [mail] = server.mails;
  expect(mail).toMatchObject({
    messageId: `<${id ?? ''}@example.com>`,
    subject: 'Your password for DOOR OS was changed',
    date: new Date(room.clock.nowMs()),
  });
  expect(mail?.from?.text).toBe('"DOOR OS" <doors@example.com>');
  expect(recipientsOf(mail!)).toEqual(['p0@example.com']);
  expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
  expect(mail?.text).toContain('was set anew just now');
  expect(mail?.html).toContain('was set anew just now');
  expect(mail?.attachments).toEqual([]);
  expect(await room.rows()).toMatchObject([{ state: 'sent', attempts: 1, claimed_until_s: null }]);
});

test('what the server does not take now is sent later, under the same Message-ID', async () => {
  const room = await aMailRoom();
  const replies = [smtpError(451, 'greylisted'), smtpError(421, 'too busy'), undefined];
  const server = await aMailServer({ onMail: () => Promise.resolve(replies.shift()) });
  await room.enqueue();
  const mailer = await room.mailer(server.url);
  for (const attempts of [1, 2]) {
    expect(await mailer.sendDue()).toBe(1);
    const [row] = await room.rows();
    expect(row).toMatchObject({ state: 'waiting', attempts });
    expect(row?.last_error).toContain(attempts === 1 ? 'greylisted' : 'too busy');
    room.clock.advance((backoffS(attempts) - 1) * 1000);
    expect(await mailer.sendDue()).toBe(0);
    room.clock.advance(1_000);
  }
  await mailer.sendDue();
  expect(new Set(server.mails.map(({ messageId }) => messageId)).size).toBe(1);
  expect(await room.rows()).toMatchObject([{ state: 'sent', attempts: 3, last_error: null }]);
});

test('a recipient that the server refuses for ever is not tried again, and the manager sees it with the person', async () => {
  const server = await aMailServer({
    onRecipient: (address) => (address === 'ada@example.com' ? smtpError(550, 'no such mailbox') : undefined),
  });
  const { manager } = await aCloud({ mail: { smtpUrl: server.url, from: FROM } });
  const house = await aHouse(manager);
  const ada = await invite(manager, house);
  const ben = await invite(manager, house, { email: 'ben@example.com' });
  const mailOf = async (personId: string) => (await manager.call('person', { params: { personId } })).mail;
  await vi.waitFor(
    async () => {
      expect(await mailOf(ada.id)).toMatchObject({ kind: 'welcome', state: 'failed' });
      expect(await mailOf(ben.id)).toMatchObject({ state: 'sent', lastError: null });
    },
    { timeout: 15_000, interval: 100 },
  );
  expect((await mailOf(ada.id))?.lastError).toContain('550 no such mailbox');
  // Sent again when the manager says so, and not without end.
  const params = { personId: ben.id };
  for (let i = 0; i < 4; i++) await manager.call('resendInvite', { params });
  expect((await manager.refused('resendInvite', { params })).code).toBe('TOO_MANY_ATTEMPTS');
  const { items } = await manager.call('personMails', { params });
  expect(items).toHaveLength(5);
});

test('a login that the server refuses is ours to mend: the mail waits', async () => {
  const room = await aMailRoom();
  const server = await aMailServer({
    options: {
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ password }, _session, done) => {
        if (password === 'p@ss') done(null, { user: 'us' });
        else done(smtpError(535, 'wrong password'));
      },
    },
  });
  await room.enqueue();
  const url = server.url.replace('//', '//us:wrong@');
  await (await room.mailer(url)).sendDue();
  const [row] = await room.rows();
  expect(row).toMatchObject({ state: 'waiting' });
  expect(row?.last_error).not.toContain('us:wrong');
  room.clock.advance(backoffS(1) * 1000);
  await (await room.mailer(server.url.replace('//', '//us:p%40ss@'))).sendDue();
  expect(await room.rows()).toMatchObject([{ state: 'sent' }]);
});

test.each(stages)('a server that says nothing at %s is left in time, and the mail waits', async (stage) => {
  const room = await aMailRoom();
  const server = await aStoppingServer(stage, 'hang');
  await room.enqueue();
  const sending = (await room.mailer(server.url)).sendDue();
  await server.reached;
  room.clock.advance(SEND_DEADLINE_MS);
  await sending;
  await server.left;
  expect(await room.rows()).toMatchObject([{ state: 'waiting', attempts: 1, claimed_until_s: null }]);
});

test.each(stages)('a connection that is cut at %s leaves the mail waiting', async (stage) => {
  const room = await aMailRoom();
  const server = await aStoppingServer(stage, 'cut');
  await room.enqueue();
  await (await room.mailer(server.url)).sendDue();
  expect(await room.rows()).toMatchObject([{ state: 'waiting', attempts: 1, claimed_until_s: null }]);
});

test('a server that is down for a day gets the mails when it is back, and is not hammered meanwhile', async () => {
  const room = await aMailRoom();
  const gone = await aMailServer();
  await gone.close();
  await room.enqueue(3);
  const mailer = await room.mailer(gone.url);
  for (let minute = 0; minute < 24 * 60; minute += 10) {
    await mailer.sendDue();
    room.clock.advance(600_000);
  }
  const down = await room.rows();
  expect(down.map(({ state }) => state)).toEqual(['waiting', 'waiting', 'waiting']);
  expect(down[0]?.attempts).toBeLessThan(40);
  const back = await aMailServer({ port: gone.port });
  room.clock.advance(3_600_000);
  await mailer.sendDue();
  expect(back.mails).toHaveLength(3);
});

test('after three days a mail is given up, and says why', async () => {
  const room = await aMailRoom();
  const gone = await aMailServer();
  await gone.close();
  await room.enqueue();
  const mailer = await room.mailer(gone.url);
  await mailer.sendDue();
  room.clock.advance(GIVE_UP_S * 1000);
  await mailer.sendDue();
  const [row] = await room.rows();
  expect(row?.state).toBe('failed');
  expect(row?.last_error).toContain('ECONNREFUSED');
});

test('two processes send each mail once', async () => {
  const room = await aMailRoom();
  const server = await aMailServer();
  await room.enqueue(4 * SLOTS);
  const mailers = [await room.mailer(server.url), await room.mailer(server.url)];
  await Promise.all(
    mailers.map(async (mailer) => {
      while ((await mailer.sendDue()) > 0);
    }),
  );
  const recipients = server.mails.flatMap(recipientsOf);
  expect(recipients).toHaveLength(4 * SLOTS);
  expect(new Set(recipients).size).toBe(4 * SLOTS);
});

test('a claim whose process died is another’s once it has lapsed, and not before', async () => {
  const room = await aMailRoom();
  const server = await aMailServer();
  await room.enqueue();
  const parts = await room.parts();
  await room.store.write((trx) =>
    claimMails(trx, parts, Math.floor(room.clock.nowMs() / 1000), roomBeside([])),
  );
  const mailer = await room.mailer(server.url);
  room.clock.advance((LEASE_S - 1) * 1000);
  expect(await mailer.sendDue()).toBe(0);
  room.clock.advance(1_000);
  expect(await mailer.sendDue()).toBe(1);
  expect(server.mails).toHaveLength(1);
});

test('passwords and links go to another machine encrypted or not at all', () => {
  expect(parseSmtpUrl('smtps://us:p%40ss@mail.example.com')).toEqual({
    host: 'mail.example.com',
    port: 465,
    secure: true,
    requireTLS: false,
    auth: { user: 'us', pass: 'p@ss' },
  });
  expect(parseSmtpUrl('smtp://mail.example.com')).toMatchObject({
    port: 587,
    secure: false,
    requireTLS: true,
  });
  expect(parseSmtpUrl('smtp://mail.example.com?cleartext=allowed').requireTLS).toBe(false);
  expect(parseSmtpUrl('smtp://127.0.0.1:25').requireTLS).toBe(false);
  expect(parseSmtpUrl('smtp://[::1]:25')).toMatchObject({ host: '::1', requireTLS: false });
  const wrong = [
    'http://us:secret@mail.example.com',
    'smtp://us:secret%@mail.example.com',
    'smtp://us:secret@mail.example.com/path',
    'smtp://us:secret@mail.example.com?tls=off',
    'smtp://us:secret@mail.example.com?cleartext=yes',
    'us:secret',
  ];
  for (const url of wrong) {
    expect(() => parseSmtpUrl(url)).toThrow(expect.objectContaining({ code: 'SMTP_URL_INVALID' }) as Error);
    expect(() => parseSmtpUrl(url)).not.toThrow(/secret/);
  }
});

test('a server that offers no TLS gets nothing where TLS is needed', async () => {
  const { createTransport } = await import('nodemailer');
  const server = await aMailServer();
  const wanted = {
    ...parseSmtpUrl('smtp://us:secret@mail.example.com'),
    host: '127.0.0.1',
    port: server.port,
  };
  const sent = createTransport(wanted).sendMail({ from: 'a@example.com', to: 'b@example.com', text: 'x' });
  await expect(sent).rejects.toMatchObject({ code: 'ETLS' });
  expect(server.mails).toEqual([]);
});
