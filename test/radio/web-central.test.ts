// What a browser's Web Bluetooth does to a courier, and what the Central of a page makes of it, on a browser made by hand.
import { beforeEach, describe, expect, test } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { canNotify } from '#radio/ports/gatt.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import { WebCentral } from '#radio/web-bluetooth/web-central.ts';
import { portUuid, webUuid } from '#radio/web-bluetooth/web-uuid.ts';
import { CONTROL, MadeBrowser, SERVICE, webError } from './web-bluetooth/made-browser.ts';

let clock: VirtualClock;
let browser: MadeBrowser;
let central: WebCentral;
beforeEach(() => {
  clock = new VirtualClock();
  browser = new MadeBrowser();
  central = new WebCentral({ bluetooth: browser, clock, services: [SERVICE] });
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function met(): Promise<{ link: CentralLink; id: string }> {
  const id = (await central.choose(SERVICE))?.peripheralId ?? '';
  return { link: await central.connect(id), id };
}

describe('a link', () => {
  test('gives the browser one operation at a time, in the order of the calls', async () => {
    const { link } = await met();
    await Promise.all([
      link.writeCommand(CONTROL, new Uint8Array(1)),
      link.read(CONTROL),
      link.write(CONTROL, new Uint8Array(2)),
      link.writeCommand(CONTROL, new Uint8Array(3)),
    ]);
    expect(browser.calls).toEqual(['command 1', 'read', 'request 2', 'command 3']);
  });

  test('keeps what is notified during a read apart from the value that is read', async () => {
    const { link } = await met();
    const heard: number[][] = [];
    await link.subscribe(CONTROL, (value) => heard.push([...value]));
    browser.notify(7);
    browser.duringRead = () => browser.notify(8);
    expect(await link.read(CONTROL)).toEqual(Uint8Array.of(1, 2, 3));
    browser.notify(9);
    expect(heard).toEqual([[7], [8], [9]]);
    expect(canNotify(link.gattTable, CONTROL)).toBe(true);
  });

  test('that drops under an operation fails it and all behind it, and hears no more', async () => {
    const { link } = await met();
    const heard: number[] = [];
    await link.subscribe(CONTROL, (value) => heard.push(value.length));
    browser.hangs = true;
    const waiting = [link.read(CONTROL), link.write(CONTROL, new Uint8Array(1))];
    const ends = Promise.all(waiting.map((one) => expect(one).rejects.toMatchObject({ code: 'LINK_LOST' })));
    await turn();
    browser.drop();
    await ends;
    await link.closed;
    browser.notify(1);
    expect(heard).toEqual([]);
    await expect(link.read(CONTROL)).rejects.toMatchObject({ code: 'LINK_LOST' });
  });

  test('ends where an operation hangs beyond its deadline: the browser would hold back the next', async () => {
    const { link } = await met();
    browser.hangs = true;
    const late = expect(link.read(CONTROL, 100)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await turn();
    clock.advance(100);
    await late;
    await link.closed;
    expect(browser.calls).toEqual(['read', 'disconnect']);
  });

  test('hopes for less after the browser refused a size, and the next one carries it', async () => {
    const { link, id } = await met();
    expect(link).toMatchObject({ mtu: 247, isMtuGuess: true });
    browser.refusesOver = 182;
    await expect(link.writeCommand(CONTROL, new Uint8Array(244))).rejects.toMatchObject({
      code: 'LINK_LOST',
    });
    await link.closed;
    const next = await central.connect(id);
    expect(next.mtu).toBe(185);
    await next.writeCommand(CONTROL, new Uint8Array(182));
    await expect(next.writeCommand(CONTROL, new Uint8Array(183))).rejects.toMatchObject({
      code: 'VALUE_TOO_LONG',
    });
  });

  test('that the courier asks to be shorter is shorter from then on', async () => {
    const { link, id } = await met();
    await link.disconnect();
    expect((await central.connect(id, { mtuMax: 80 })).mtu).toBe(80);
  });

  test('where what the browser refuses is no matter of size goes on', async () => {
    const { link } = await met();
    browser.refusesOver = 0;
    await expect(link.writeCommand(CONTROL, new Uint8Array(5))).rejects.toMatchObject({ code: 'ATT_ERROR' });
    expect(await link.read(CONTROL)).toEqual(Uint8Array.of(1, 2, 3));
  });
});

describe('connecting', () => {
  test('that never ends ends at its deadline, and the attempt is called off', async () => {
    const id = (await central.choose(SERVICE))?.peripheralId ?? '';
    browser.connectHangs = true;
    const late = expect(central.connect(id, { deadlineMs: 500 })).rejects.toMatchObject({
      code: 'CONNECT_TIMEOUT',
    });
    await turn();
    clock.advance(500);
    await late;
    expect(browser.calls).toEqual(['disconnect']);
    browser.connectHangs = false;
    await central.connect(id);
  });

  test('is called off by a signal, and by closing', async () => {
    const id = (await central.choose(SERVICE))?.peripheralId ?? '';
    browser.connectHangs = true;
    const caller = new AbortController();
    const aborted = expect(central.connect(id, { signal: caller.signal })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
    });
    caller.abort();
    await aborted;
    const closed = expect(central.connect(id)).rejects.toMatchObject({ code: 'CLOSED' });
    await central.close();
    await closed;
  });

  test('to what was never chosen, or is linked already, is refused', async () => {
    await expect(central.connect('another')).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
    const { id } = await met();
    await expect(central.connect(id)).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
  });
});

describe('choosing', () => {
  test.each([
    ['nothing', webError('NotFoundError', 'User cancelled the requestDevice() chooser.'), undefined],
    [
      'on a device without Bluetooth',
      webError('NotFoundError', 'Bluetooth adapter not available.'),
      'ADAPTER_MISSING',
    ],
    ['without a gesture', webError('SecurityError', 'Must be handling a user gesture'), 'SCAN_FAILED'],
  ])('%s', async (_, error, code) => {
    browser.declines = error;
    const chosen = central.choose(SERVICE);
    if (code === undefined) expect(await chosen).toBeUndefined();
    else await expect(chosen).rejects.toMatchObject({ code, next: expect.any(String) as string });
  });

  test('in a browser without Web Bluetooth is told with what to use', async () => {
    const without = new WebCentral({ bluetooth: undefined, clock, services: [] });
    await expect(without.choose(SERVICE)).rejects.toMatchObject({ code: 'ADAPTER_MISSING' });
  });

  test('while a scan is on is reported by it, and what was chosen by the next, once', async () => {
    const seen: string[] = [];
    const onReport = ({ peripheralId }: { peripheralId: string }): void => void seen.push(peripheralId);
    const scan = await central.scan({ serviceUuids: [SERVICE], onReport });
    await turn();
    expect(seen).toEqual([]);
    await central.choose(SERVICE);
    expect(seen).toEqual(['the one']);
    await scan.stop();
    await central.scan({ serviceUuids: [SERVICE], onReport });
    await turn();
    expect(seen).toEqual(['the one', 'the one']);
    await expect(central.scan({ serviceUuids: [], onReport })).rejects.toMatchObject({ code: 'SCAN_FAILED' });
  });
});

test('UUIDs are spelled in full for a browser, and back', () => {
  for (const uuid of ['180f', SERVICE]) expect(portUuid(webUuid(uuid))).toBe(uuid);
  expect(webUuid('180f')).toBe('0000180f-0000-1000-8000-00805f9b34fb');
  expect(webUuid(CONTROL)).toBe('d0010000-0000-0000-0000-000000000003');
});
