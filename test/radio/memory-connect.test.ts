// How each attempt to connect in memory ends, in virtual time.
import { describe, expect, test } from 'vitest';
import { anAdvert, codeOf, meet, SERVICE, settleOn, SETUP_PDUS } from './memory-fixture.ts';

describe('connecting', () => {
  test('a peripheral that is not on the air is waited for until the deadline, not longer', async () => {
    const { central, clock, peripheral, settle } = await meet();
    await peripheral.stopAdvertising();
    const connecting = codeOf(central.connect(peripheral.peripheralId));
    expect(await settle(connecting)).toBe('CONNECT_TIMEOUT');
    expect(clock.monotonicMs()).toBe(10_000);
    const brief = codeOf(central.connect(peripheral.peripheralId, { deadlineMs: 300 }));
    expect(await settle(brief)).toBe('CONNECT_TIMEOUT');
    expect(clock.monotonicMs()).toBe(10_300);
    await peripheral.advertise(anAdvert());
    clock.advance(10_000);
    expect((await settle(central.connect(peripheral.peripheralId))).mtu).toBe(256);
  });

  test('a peripheral that comes on the air within the deadline is met', async () => {
    const { central, clock, peripheral, settle } = await meet();
    await peripheral.stopAdvertising();
    const connecting = central.connect(peripheral.peripheralId);
    clock.advance(9_000);
    await peripheral.advertise(anAdvert());
    expect((await settle(connecting)).peripheralId).toBe(peripheral.peripheralId);
  });

  test('a whole connection fits into one advance of the clock, its deadline lapsing after it', async () => {
    const { central, clock, peripheral } = await meet();
    const connecting = central.connect(peripheral.peripheralId);
    await Promise.resolve();
    clock.advance(60_000);
    expect((await connecting).gattTable.services).toHaveLength(5);
  });

  test('a host that answers nothing ends in CONNECT_TIMEOUT and the link goes', async () => {
    const { central, clock, handler, peripheral, radio, settle } = await meet();
    radio.silence(peripheral.peripheralId, true);
    const connecting = codeOf(central.connect(peripheral.peripheralId, { deadlineMs: 2_000 }));
    expect(await settle(connecting)).toBe('CONNECT_TIMEOUT');
    clock.advance(100);
    expect(handler.calls).toEqual(['connect 1 mtu 23', 'disconnect 1']);
    radio.silence(peripheral.peripheralId, false);
    expect((await settle(central.connect(peripheral.peripheralId))).mtu).toBe(256);
  });

  test('a signal ends the wait with CONNECT_FAILED, whatever it had come to', async () => {
    const { central, clock, handler, peripheral, radio, settle } = await meet();
    const { peripheralId } = peripheral;
    const given = new AbortController();
    given.abort();
    expect(await codeOf(central.connect(peripheralId, { signal: given.signal }))).toBe('CONNECT_FAILED');
    radio.silence(peripheralId, true);
    const during = new AbortController();
    const connecting = codeOf(central.connect(peripheralId, { signal: during.signal }));
    await Promise.resolve();
    clock.advance(50);
    expect(handler.calls).toEqual(['connect 1 mtu 23']);
    during.abort();
    expect(await settle(connecting)).toBe('CONNECT_FAILED');
    clock.advance(50);
    expect(handler.calls.at(-1)).toBe('disconnect 1');
    await peripheral.stopAdvertising();
    const before = new AbortController();
    const waiting = codeOf(central.connect(peripheralId, { signal: before.signal }));
    before.abort();
    expect(await settle(waiting)).toBe('CONNECT_FAILED');
    radio.silence(peripheralId, false);
    await peripheral.advertise(anAdvert());
    expect((await settle(central.connect(peripheralId))).mtu).toBe(256);
  });

  test('one central seeks one peripheral at a time; a second waits its turn and its own deadline', async () => {
    const { central, clock, peripheral, radio } = await meet();
    const silent = await radio.peripheral();
    const absent = codeOf(central.connect(silent.peripheralId, { deadlineMs: 2_000 }));
    const hasty = codeOf(central.connect(peripheral.peripheralId, { deadlineMs: 1_000 }));
    expect(await settleOn(clock, hasty)).toBe('CONNECT_TIMEOUT');
    const patient = central.connect(peripheral.peripheralId, { deadlineMs: 5_000 });
    await settleOn(clock, patient);
    expect(clock.monotonicMs()).toBe(2_000);
    expect(await absent).toBe('CONNECT_TIMEOUT');
  });

  test('a peripheral serves one central: another gets it once the first has gone', async () => {
    const { clock, connect, peripheral, radio, settle } = await meet();
    const first = await connect();
    const second = (await radio.central()).connect(peripheral.peripheralId);
    clock.advance(5_000);
    await settle(first.disconnect());
    expect((await settle(second)).mtu).toBe(256);
  });

  test('a second connection of one central to one peripheral is refused as its turn comes', async () => {
    const { central, clock, peripheral, settle } = await meet();
    const first = central.connect(peripheral.peripheralId);
    const second = codeOf(central.connect(peripheral.peripheralId));
    await settle(first);
    expect(await second).toBe('CONNECT_FAILED');
    expect(await codeOf(central.connect(peripheral.peripheralId))).toBe('CONNECT_FAILED');
    expect(clock.monotonicMs()).toBe(0);
  });

  test('an address that was never on the radio is refused, and the next attempt goes on', async () => {
    const { central, connect } = await meet();
    for (const id of ['c0ffee000000', '02d000000000', '02d000000002', '02d0zz', '']) {
      expect(await codeOf(central.connect(id))).toBe('CONNECT_FAILED');
    }
    expect((await connect()).mtu).toBe(256);
  });

  test('only the wanted services are discovered, at a saving of PDUs', async () => {
    const { central, peripheral, settle, trace } = await meet();
    const { peripheralId } = peripheral;
    const link = await settle(central.connect(peripheralId, { serviceUuids: [SERVICE] }));
    expect(trace).toHaveLength(SETUP_PDUS - 12);
    expect(link.gattTable.services.map(({ characteristics }) => characteristics.length)).toEqual([
      0, 0, 0, 0, 3,
    ]);
    expect(await codeOf(link.read('2a19'))).toBe('NO_CHARACTERISTIC');
  });

  test('a link lost during discovery ends the connect with LINK_LOST', async () => {
    const { central, peripheral, settle } = await meet({ faults: { seed: 1, loseLinkAtPdu: 5 } });
    expect(await settle(codeOf(central.connect(peripheral.peripheralId)))).toBe('LINK_LOST');
  });
});
