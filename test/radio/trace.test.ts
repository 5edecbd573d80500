// Traces: what stands in the file byte by byte, that it is there at once, and that no trouble with it is the radio's.
import { spawnSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { USUAL_LINK } from '#radio/air/link-model.ts';
import type { HciTransport } from '#radio/hci/host-socket.ts';
import { h4Traces, tapped } from '#radio/trace/traced-transport.ts';
import { TraceFile } from '#radio/trace/trace-file.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import { met, STATUS, stepped } from './radio-rig.ts';

let folder: string;
let troubles: string[];
const clock = new VirtualClock(Date.UTC(2026, 0, 2, 3, 4, 5));
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'doorlab-trace-'));
  troubles = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name = 'a.btsnoop'): string => path.join(folder, name);
const options = () => ({ clock, onTrouble: (message: string) => void troubles.push(message) });
const RESET = Buffer.from('01030c00', 'hex');
const RESET_DONE = Buffer.from('040e0401030c00', 'hex');
const ACL = Buffer.from('0240000500010004000a', 'hex');

interface Row {
  readonly flags: number;
  readonly atUs: bigint;
  readonly packet: string;
}

/** As any reader of the format would. */
function rows(name: string, datalink: number): Row[] {
  const bytes = readFileSync(name);
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('btsnoop\0');
  expect([bytes.readUInt32BE(8), bytes.readUInt32BE(12)]).toEqual([1, datalink]);
  const found: Row[] = [];
  for (let at = 16; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    expect([bytes.readUInt32BE(at + 4), bytes.readUInt32BE(at + 12)]).toEqual([length, 0]);
    found.push({
      flags: bytes.readUInt32BE(at + 8),
      atUs: bytes.readBigInt64BE(at + 16),
      packet: bytes.subarray(at + 24, at + 24 + length).toString('hex'),
    });
    at += 24 + length;
  }
  return found;
}

describe('a trace of one controller', () => {
  it('says of each packet which way it went, what it is and when, in format 1002', () => {
    const trace = new TraceFile(file(), { ...options(), format: 'h4' });
    const controller = trace.controller();
    controller(RESET, 'sent');
    controller(RESET_DONE, 'received');
    controller(ACL, 'sent');
    controller(ACL, 'received');
    // Not closed: this is what a killed process leaves.
    const found = rows(file(), 1002);
    expect(found.map(({ flags }) => flags)).toEqual([0b10, 0b11, 0b00, 0b01]);
    expect(found.map(({ packet }) => packet)).toEqual(
      [RESET, RESET_DONE, ACL, ACL].map((p) => p.toString('hex')),
    );
    // 946,684,800 s from 1970 to 2000, which BlueZ calls 0x00E03AB44A676000 µs.
    const sinceUs = (found[0]!.atUs - 0x00e0_3ab4_4a67_6000n) / 1000n;
    expect(Number(sinceUs) + 946_684_800_000).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
    trace.close();
    trace.close();
    controller(RESET, 'sent');
    expect(rows(file(), 1002)).toHaveLength(4);
  });

  it('can be read by nobody else', () => {
    new TraceFile(file(), { ...options(), format: 'h4' }).close();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it('is never written over a file, nor through a link', () => {
    writeFileSync(file('b'), 'mine');
    symlinkSync(file('elsewhere'), file('c'));
    for (const name of ['b', 'c']) {
      expect(() => new TraceFile(file(name), { ...options(), format: 'h4' })).toThrow(
        expect.objectContaining({
          code: 'TRACE_EXISTS',
          next: expect.stringContaining('--btsnoop') as string,
        }) as Error,
      );
    }
    expect(readFileSync(file('b'), 'utf8')).toBe('mine');
    expect(readdirSync(folder).sort()).toEqual(['b', 'c']);
    expect(() => new TraceFile(path.join(folder, 'no', 'folder'), { ...options(), format: 'h4' })).toThrow(
      expect.objectContaining({ code: 'TRACE_UNWRITABLE' }) as Error,
    );
  });

  it.each([
    ['device', () => '/dev/null'],
    ['folder', () => folder],
    ['link', () => (symlinkSync('/dev/null', file('link')), file('link'))],
    ['file', () => (writeFileSync(file('mine'), ''), file('mine'))],
  ])('tells a %s that is there as what it is, and to delete none but a file', (kind, make) => {
    const name = make();
    const refused = expect.objectContaining({
      code: 'TRACE_EXISTS',
      message: `there is a ${kind} ${name} already`,
      next: (kind === 'file'
        ? expect.stringContaining('delete that one')
        : expect.not.stringMatching(/delete/)) as string,
    }) as Error;
    expect(() => new TraceFile(name, { ...options(), format: 'h4' })).toThrow(refused);
  });

  it('survives kill -9 with every packet that had passed', () => {
    const killed = spawnSync(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', '--input-type=module', '-e', KILLED, file()],
      { encoding: 'utf8', timeout: 60_000 },
    );
    expect(killed.signal, killed.stderr).toBe('SIGKILL');
    expect(rows(file(), 1002)).toHaveLength(100);
  }, 60_000);
});

const KILLED = `
  import { systemClock } from '#protocol/node/system-clock.ts';
  import { TraceFile } from '#radio/trace/trace-file.ts';
  const trace = new TraceFile(process.argv[1], { clock: systemClock, format: 'h4', onTrouble: () => {} });
  const controller = trace.controller();
  for (let n = 0; n < 100; n++) controller(Buffer.of(1, 3, 12, 0), 'sent');
  process.kill(process.pid, 'SIGKILL');
`;

describe('a disk that is full', () => {
  it('ends the trace after the last whole record, is told once, and stops nothing', () => {
    let left = 16 + 28 + 10;
    const write = (fd: number, bytes: Buffer, from: number, position: number): number => {
      if (left === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      const part = bytes.subarray(from, from + left);
      left -= part.length;
      return writeSync(fd, part, 0, part.length, position);
    };
    const controller = new TraceFile(file(), { ...options(), format: 'h4', write }).controller();
    for (let n = 0; n < 5; n++) controller(RESET, 'sent');
    expect(rows(file(), 1002)).toHaveLength(1);
    expect(troubles).toEqual([expect.stringMatching(/a\.btsnoop ends here.*ENOSPC/)]);
  });

  it('is not made full by a trace without end', () => {
    const bytesMax = 16 + 3 * 28;
    const controller = new TraceFile(file(), { ...options(), format: 'h4', bytesMax }).controller();
    for (let n = 0; n < 5; n++) controller(RESET, 'sent');
    expect(rows(file(), 1002)).toHaveLength(3);
    expect(troubles).toEqual([expect.stringContaining(`holds ${bytesMax} bytes`)]);
  });
});

describe('several controllers', () => {
  it('of one radio are traced into a file each, both sides of a link agreeing', async () => {
    const time = new VirtualClock();
    const traces = h4Traces(file(), { ...options(), clock: time });
    const radio = openVirtualRadio({ clock: time, link: USUAL_LINK, tap: traces.tap });
    await stepped(time, radio.settle, async () => {
      const { link } = await met(radio);
      await link.read(STATUS);
      await link.disconnect();
    });
    await stepped(time, radio.settle, () => radio.close());
    traces.close();
    const att = (name: string, flags: number): string[] =>
      rows(name, 1002)
        .filter((row) => row.flags === flags && row.packet.startsWith('02'))
        .map(({ packet }) => packet.slice(10));
    const [lock, central] = [file('a.btsnoop'), file('a.2.btsnoop')];
    expect(att(lock, 1).length).toBeGreaterThan(10);
    expect(att(lock, 1)).toEqual(att(central, 0));
    expect(att(lock, 0)).toEqual(att(central, 1));
    const times = rows(central, 1002).map(({ atUs }) => atUs);
    expect(times).toEqual([...times].sort((a, b) => Number(a - b)));
    expect(new Set(times).size).toBeGreaterThan(10);
  });

  it('in one file have an index each, and no type byte, in format 2001', () => {
    const trace = new TraceFile(file(), { ...options(), format: 'monitor' });
    const first = trace.controller('02d000000001');
    const second = trace.controller('02d000000002', 'door');
    second(RESET, 'sent');
    first(RESET_DONE, 'received');
    first(ACL, 'sent');
    first(ACL, 'received');
    first(Buffer.of(3, 1, 2), 'received');
    const found = rows(file(), 2001);
    expect(found.map(({ flags }) => flags)).toEqual([0, 0x1_0000, 0x1_0002, 3, 4, 5]);
    expect(found[1]?.packet).toBe(`000002000000d002${Buffer.from('door\0\0\0\0').toString('hex')}`);
    expect(found[3]?.packet).toBe(RESET_DONE.subarray(1).toString('hex'));
  });

  it('whose file can not be made give their transport back', () => {
    writeFileSync(file('a.2.btsnoop'), '');
    const traces = h4Traces(file(), options());
    let closed = 0;
    const transport = {
      close: () => {
        closed++;
      },
    } as unknown as HciTransport;
    traces.tap(transport);
    expect(() => tapped(transport, traces.tap)).toThrow(
      expect.objectContaining({ code: 'TRACE_EXISTS' }) as Error,
    );
    expect(closed).toBe(1);
    traces.close();
  });
});
