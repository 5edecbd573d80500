// The mailbox on disk: its owner's alone, shown only where the cloud was told to, and to the tenant the mails are of.
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { aCloud, MANAGER } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { mailTo } from './mailbox.ts';

test('mails on disk are their owner’s alone', async () => {
  const cloud = await aCloud();
  await invite(cloud.manager, await aHouse(cloud.manager));
  await mailTo(cloud.dataFolder, 'ada@example.com', 'Welcome');
  const folder = join(cloud.dataFolder, 'mail');
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const names = readdirSync(folder);
  expect(names).toHaveLength(2);
  for (const name of names) expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
});

test('the files of a mail go with its row, and what is another’s in the folder stays', async () => {
  const cloud = await aCloud();
  const { id: personId } = await invite(cloud.manager, await aHouse(cloud.manager));
  await vi.waitFor(
    async () => {
      const { items } = await cloud.manager.call('personMails', { params: { personId } });
      expect(items[0]?.state).toBe('sent');
    },
    { timeout: 20_000, interval: 50 },
  );
  const folder = join(cloud.dataFolder, 'mail');
  writeFileSync(join(folder, 'read me.txt'), 'kept');
  cloud.clock.advanceS(29 * 86_400);
  await cloud.sweep();
  expect(readdirSync(folder)).toHaveLength(3);
  cloud.clock.advanceS(2 * 86_400);
  await cloud.sweep();
  expect(readdirSync(folder)).toEqual(['read me.txt']);
});

test('nobody reads the mailbox through the API unless the cloud was told to show it', async () => {
  const { manager } = await aCloud();
  expect((await manager.refused('demoMails')).code).toBe('NOT_FOUND');
});

test('a demo shows portfolio managers the mails of their portfolio, and no link of another one’s accounts', async () => {
  const cloud = await aCloud({ mail: { isShown: true } });
  const stranger = await cloud.strangerOf('Strangers');
  await invite(cloud.manager, await aHouse(cloud.manager));
  await mailTo(cloud.dataFolder, 'ada@example.com', 'Welcome');
  for (const email of ['ada@example.com', MANAGER.email, 'stranger@example.com']) {
    await cloud.manager.withToken(undefined).call('requestPasswordReset', { body: { email } });
    await mailTo(cloud.dataFolder, email, 'Set your password');
  }
  const { items } = await cloud.manager.call('demoMails');
  expect(items.map(({ to }) => to).sort()).toEqual(['ada@example.com', 'ada@example.com', MANAGER.email]);
  const welcome = items.find(({ kind }) => kind === 'welcome');
  expect(welcome?.content?.subject).toBe('Welcome to House');
  expect(welcome?.content?.text).toContain(`${cloud.url}/password#token=dlp_`);
  expect((await stranger.call('demoMails')).items.map(({ to }) => to)).toEqual(['stranger@example.com']);
  const first = await cloud.manager.call('demoMails', { query: { limit: '2' } });
  const second = await cloud.manager.call('demoMails', { query: { limit: '2', after: first.next ?? '' } });
  expect([...first.items, ...second.items]).toEqual(items);
});

test('the page of a link keeps the token to itself: no Referer, no script from elsewhere, nothing kept', async () => {
  const cloud = await aCloud();
  const page = await fetch(`${cloud.url}/password`);
  expect(page.status).toBe(200);
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  expect(page.headers.get('cache-control')).toBe('no-store');
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  const html = await page.text();
  expect(html).toContain('<html lang="en">');
  expect(html).not.toMatch(/https?:\/\/|<script>/);
  const script = await fetch(`${cloud.url}/password.js`);
  expect(script.headers.get('content-type')).toContain('javascript');
  expect(await script.text()).toContain("history.replaceState(null, '', location.pathname)");
});
