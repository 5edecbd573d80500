// Each fact of a machine on its own, and the guard that stands before commands: the same sentences as doctor's.
import { describe, expect, test } from 'vitest';
import { judgeProbe, probeAdapter } from '#gateway/doctor/adapter-probe.ts';
import type { CheckId } from '#gateway/doctor/check.ts';
import { adapterFlaw, guardAdapter } from '#gateway/doctor/guard.ts';
import type { MachineFacts } from '#gateway/doctor/machine-facts.ts';
import { checkMachine, judgeMachine } from '#gateway/doctor/machine.ts';
import { ADAPTER, aMachine, byId, MAY, wanted } from './made-machine.ts';

describe('facts, one by one', () => {
  const fine: MachineFacts = {
    platform: 'linux',
    nodeVersion: '20.20.0',
    hasKernelBluetooth: true,
    adapters: ['hci0', 'hci1'],
    blocked: [],
    mayUseSockets: true,
    binding: 'built',
    serviceProcess: undefined,
    holders: [],
    probe: { state: 'up', detail: 'poweredOn' },
  };
  const mac: MachineFacts = { ...fine, platform: 'darwin' };

  test('a machine that has all is fine, and nothing is unknown', () => {
    expect(judgeMachine(fine, wanted).every(({ status }) => status === 'ok')).toBe(true);
  });

  const probed = (facts: MachineFacts, state: 'up' | 'down' | 'unauthorized' | 'killed' | 'silent') => ({
    ...facts,
    probe: { state, detail: 'why' },
  });
  test.each<[string, MachineFacts, CheckId, string, RegExp | undefined]>([
    ['an adapter that is down', probed(fine, 'down'), 'adapter-power', 'fail', /hciconfig hci0 up/],
    ['an adapter that says nothing', probed(fine, 'silent'), 'adapter-power', 'unknown', undefined],
    ['bluetoothd runs', { ...fine, serviceProcess: 7 }, 'bluetooth-service', 'warn', /systemctl stop/],
    [
      'another process of ours has it',
      { ...fine, holders: [{ adapter: 'hci0', pid: 9 }] },
      'adapter-holder',
      'warn',
      /--adapter/,
    ],
    [
      'another process has another adapter',
      { ...fine, holders: [{ adapter: 'hci1', pid: 9 }] },
      'adapter-holder',
      'ok',
      undefined,
    ],
    [
      'the package is not installed',
      { ...fine, binding: 'not-installed' },
      'native-binding',
      'fail',
      /npm ci/,
    ],
    ['macOS lets it', probed(mac, 'up'), 'privacy', 'ok', undefined],
    ['macOS: Bluetooth is off', probed(mac, 'down'), 'privacy', 'fail', /Switch it on/],
    ['macOS does not let it', probed(mac, 'unauthorized'), 'privacy', 'fail', /Privacy & Security/],
    ['macOS kills who asks', probed(mac, 'killed'), 'privacy', 'fail', /Privacy & Security/],
    ['macOS says nothing', probed(mac, 'silent'), 'privacy', 'unknown', /Privacy & Security/],
    ['Windows', { ...fine, platform: 'win32' }, 'winusb', 'unknown', /WinUSB/],
  ])('%s', (_, facts, id, status, remedy) => {
    const found = byId(judgeMachine(facts, wanted), id);
    expect(found?.status).toBe(status);
    if (remedy === undefined) expect(found?.remedy).toBeUndefined();
    else expect(found?.remedy).toMatch(remedy);
  });

  test('who holds an adapter is read from its lock file, and a process that died holds nothing', () => {
    const machine = aMachine({
      ...ADAPTER,
      'locks/hci0.lock': '{"pid":41,"began":"1"}',
      'locks/hci1.lock': '{"pid":42,"began":"1"}',
      'proc/41/comm': 'node\n',
      'proc/43/comm': 'bluetoothd\n',
    });
    const checks = checkMachine(machine, wanted);
    expect(byId(checks, 'adapter-holder')?.detail).toBe('process 41 uses hci0');
    expect(byId(checks, 'bluetooth-service')?.detail).toContain('43');
    const other = checkMachine(machine, { isWanted: true, adapter: 1 });
    expect(byId(other, 'adapter-holder')?.status).toBe('ok');
  });

  test.each([
    [{ stdout: 'poweredOn\n' }, 'up'],
    [{ stdout: 'unknown\npoweredOff\n' }, 'down'],
    [{ stdout: 'unauthorized\n' }, 'unauthorized'],
    [{ signal: 'SIGABRT' }, 'killed'],
    [{ signal: 'SIGTERM', isLate: true }, 'silent'],
    [{ stderr: 'x.js:1\nError: Cannot find module\n  at y' }, 'silent'],
    [{}, 'silent'],
  ])('a probe that ended with %j: %s', (end, state) => {
    const all = { stdout: '', stderr: '', signal: undefined, isLate: false, ...end };
    expect(judgeProbe(all).state).toBe(state);
  });

  test('the probe asks in a process of its own, and never throws', async () => {
    const { state } = await probeAdapter({ platform: 'linux' }, 63);
    expect(['silent', 'down', 'killed']).toContain(state);
  });
});

describe('the guard of commands', () => {
  test.each<[string, Record<string, string>, string]>([
    ['a kernel without Bluetooth', { 'proc/net/protocols': 'TCP 1\n' }, 'ADAPTER_MISSING'],
    ['no adapter', { 'proc/net/protocols': 'HCI   900\n', ...MAY }, 'ADAPTER_MISSING'],
    ['no permission', { ...ADAPTER, 'proc/self/status': 'CapEff:\t0000000000001000\n' }, 'ADAPTER_MISSING'],
    [
      'a blocked adapter',
      {
        ...ADAPTER,
        ...MAY,
        'sys/class/rfkill/rfkill0/type': 'bluetooth\n',
        'sys/class/rfkill/rfkill0/hard': '1\n',
      },
      'ADAPTER_OFF',
    ],
  ])('%s: doctor’s own sentence and remedy', (_, files, code) => {
    const machine = aMachine(files);
    const broken = checkMachine(machine, wanted).find(
      ({ id, status }) => status === 'fail' && id !== 'native-binding',
    );
    const error = adapterFlaw(checkMachine(machine, wanted));
    expect(error).toMatchObject({ code, message: broken?.detail, next: broken?.remedy });
    expect(() => guardAdapter(undefined, machine)).toThrow(broken?.detail);
  });

  test('what can’t be known, and what a socket says better itself, stops nobody', () => {
    expect(() => guardAdapter(undefined, aMachine({}))).not.toThrow();
    expect(() => guardAdapter(undefined, aMachine({ ...ADAPTER, ...MAY }))).not.toThrow();
  });
});
