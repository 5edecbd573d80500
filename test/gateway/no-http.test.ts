// Whoever answers in the place of a cloud and speaks no HTTP, or too much of it: rubbish, not a cloud that can't be reached.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { routes } from '#protocol/api/routes.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { callCloud } from '#gateway/cloud-call.ts';

test.each([
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['headers without end', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(40_000)}`],
  [
    'a change of protocol that nobody asked for',
    'HTTP/1.1 101 Yes\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
  ],
])('%s', async (_, answer) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.write(answer));
  });
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 'a-token',
  };
  // No time goes by: none of them waits for a deadline.
  const call = callCloud(address, new VirtualClock(), routes.courierDoors);
  await expect(call).rejects.toMatchObject({ code: 'CLOUD_RUBBISH' });
});
