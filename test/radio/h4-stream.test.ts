// The words that name a byte stream, the packets in it however it is cut, and serial lines.
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#protocol/node/system-clock.ts';
import { uniform } from '#protocol/ports/random.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { endpointText, parseEndpoint, type H4Endpoint } from '#radio/h4/endpoint.ts';
import { H4Splitter, PACKET_BYTES_MAX } from '#radio/h4/h4-splitter.ts';
import { connectH4 } from '#radio/h4/h4-transport.ts';
import type { SerialPortClass } from '#radio/h4/open-stream.ts';

const RESET = '01030c00';
const RESET_DONE = Buffer.from('040e0401030c00', 'hex');

describe('words for a stream', () => {
  it.each([
    ['tcp:127.0.0.1:9000', { kind: 'tcp', host: '127.0.0.1', port: 9000 }],
    ['tcp:9000', { kind: 'tcp', host: '127.0.0.1', port: 9000 }],
    ['tcp:[::1]:9000', { kind: 'tcp', host: '::1', port: 9000 }],
    ['unix:/run/a:b', { kind: 'unix', path: '/run/a:b' }],
    ['serial:/dev/ttyACM0', { kind: 'serial', device: '/dev/ttyACM0', baud: 1_000_000 }],
    ['serial:COM3:115200', { kind: 'serial', device: 'COM3', baud: 115_200 }],
  ])('%s is understood, and told again', (text, endpoint) => {
    const parsed = parseEndpoint(text)!;
    expect(parsed).toEqual(endpoint);
    expect(parseEndpoint(endpointText(parsed))).toEqual(endpoint);
  });

  it.each([
    '',
    'tcp:',
    'tcp:host',
    'tcp:host:99999',
    'tcp:::1:9',
    'unix:',
    'serial:',
    'serial:x:0',
    'usb:1',
    '/run/x',
  ])('"%s" is none', (text) => {
    expect(parseEndpoint(text)).toBeUndefined();
  });
});

describe('packets of a stream', () => {
  const PACKETS = ['01030c00', '0240000500010004000a', '040e0401030c00', '04ff00'].map((hex) =>
    Buffer.from(hex, 'hex'),
  );

  it('are the same however the stream is cut', () => {
    const random = seededRandom('h4 cuts');
    const stream = Buffer.concat(Array.from({ length: 50 }, () => PACKETS).flat());
    for (let round = 0; round < 50; round++) {
      const splitter = new H4Splitter();
      const got: Buffer[] = [];
      for (let at = 0; at < stream.length;) {
        const next = at + 1 + uniform(random, 12);
        const { packets, garbled } = splitter.add(stream.subarray(at, next));
        expect(garbled).toBe(false);
        got.push(...packets);
        at = next;
      }
      expect(Buffer.concat(got)).toEqual(stream);
      expect(got).toHaveLength(200);
    }
  });

  it('of sound are passed over', () => {
    const { packets, garbled } = new H4Splitter().add(
      Buffer.from('03010002aabb' + '0501000100cc' + '04ff00', 'hex'),
    );
    expect([packets.map((packet) => packet.toString('hex')), garbled]).toEqual([['04ff00'], false]);
  });

  it('end for good at a byte that is no type, or a length that no controller has', () => {
    for (const bad of ['00', '06', 'ff', `024000ffff`]) {
      const splitter = new H4Splitter();
      const first = splitter.add(Buffer.from('04ff00' + bad, 'hex'));
      expect([first.packets.length, first.garbled]).toEqual([1, true]);
      expect(splitter.add(RESET_DONE)).toEqual({ packets: [], garbled: true });
    }
    expect(PACKET_BYTES_MAX).toBeLessThan(0xffff);
  });
});

describe('a serial line', () => {
  it('goes through the package serialport, at its speed, with flow control', async () => {
    const opened: object[] = [];
    const loadSerial = async (): Promise<SerialPortClass> =>
      class extends Duplex {
        constructor(options: object) {
          super();
          opened.push(options);
        }
        open(): void {
          setImmediate(() => this.emit('open'));
        }
        override _read(): void {}
        override _write(chunk: Buffer, _encoding: string, done: () => void): void {
          if (chunk.toString('hex') === RESET) this.push(RESET_DONE);
          done();
        }
      };
    const endpoint: H4Endpoint = { kind: 'serial', device: '/dev/ttyACM0', baud: 1_000_000 };
    (await connectH4(endpoint, { clock: systemClock, loadSerial })).close();
    expect(opened).toEqual([{ path: '/dev/ttyACM0', baudRate: 1_000_000, rtscts: true, autoOpen: false }]);
  });

  it('without that package says how it is had', async () => {
    const endpoint: H4Endpoint = { kind: 'serial', device: '/dev/ttyACM0', baud: 115_200 };
    await expect(connectH4(endpoint, { clock: systemClock })).rejects.toMatchObject({
      code: 'ADAPTER_MISSING',
      next: expect.stringContaining('npm install') as string,
    });
  });
});
