// An attempt to connect that is called off as the link comes up: nobody holds that link, so it is dropped.
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { Noble } from '#radio/noble/load.ts';
import { NobleCentral } from '#radio/noble/noble-central.ts';

/** LE Connection Complete of the central's role, handle 0x0040, with that status. */
const complete = (status: number) => {
  const parameters = Buffer.from('01004000000001020304050618000000900100', 'hex');
  parameters[1] = status;
  return { kind: 'event', code: 0x3e, parameters } as never;
};

test.each([
  ['comes up before the cancel is there is dropped', 0x00, ['cancel', 'disconnect']],
  ['does not come up any more has nothing to be dropped', 0x02, ['cancel']],
])('a link that %s', async (_, status, asked) => {
  const said: string[] = [];
  const lock = Object.assign(new EventEmitter(), { id: 'lock', connect() {} });
  const noble = Object.assign(new EventEmitter(), {
    cancelConnect: () => said.push('cancel'),
    disconnect: () => {
      said.push('disconnect');
      setImmediate(() => lock.emit('disconnect'));
    },
  });
  const central = new NobleCentral({
    noble: noble as unknown as Noble,
    clock: new VirtualClock(),
    forget() {},
    forgetDevice() {},
    release() {},
  });
  noble.emit('discover', lock);
  const abort = new AbortController();
  const attempt = central.connect('lock', { signal: abort.signal });
  await new Promise(setImmediate);
  abort.abort();
  await expect(attempt).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
  await new Promise(setImmediate);
  central.onPacket(complete(status), undefined);
  await new Promise(setImmediate);
  expect(said).toEqual(asked);
  // The next attempt has its turn, and finds no link there.
  const next = central.connect('lock', { gattTable: { services: [] } });
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  central.onPacket(complete(0), undefined);
  central.onPacket({ kind: 'acl', handle: 0x40 } as never, Buffer.from([0x03, 0, 2]));
  expect(await next).toMatchObject({ peripheralId: 'lock' });
});
