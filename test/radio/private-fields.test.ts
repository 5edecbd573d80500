// noble and bleno run here by private fields of theirs. An upgrade that renames one has to fail with its name, not
// with something undefined in the middle of a sync: so each is renamed here, as the packages load.
import Module, { createRequire } from 'node:module';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HostSocket } from '#radio/hci/host-socket.ts';
import type { HciTransport } from '#radio/hci/host-socket.ts';

type Compile = (this: unknown, source: string, file: string) => unknown;
const loader = Module.prototype as unknown as { _compile: Compile };
const { cache } = createRequire(import.meta.url);
const compile = loader._compile;

/** The packages load afresh, `field` having another name in them. */
function renamed(field: string | undefined): void {
  forget();
  loader._compile = function (source, file) {
    const ours = field !== undefined && file.includes('@abandonware');
    return compile.call(this, ours ? source.replaceAll(field, `${field}Renamed`) : source, file);
  };
}

function forget(): void {
  loader._compile = compile;
  for (const file of Object.keys(cache))
    if (file.includes('@abandonware')) Reflect.deleteProperty(cache, file);
  vi.resetModules();
}

const nowhere: HciTransport = { open() {}, write() {}, isUp: () => true, close() {} };
const aSocket = (): HostSocket =>
  new HostSocket(
    nowhere,
    () => true,
    () => {},
  );

async function startNoble(): Promise<void> {
  const { startNoble: start } = await import('#radio/noble/load.ts');
  start(aSocket(), () => {});
}

async function makeBleno(): Promise<void> {
  const { makeBleno: make } = await import('#radio/bleno/load.ts');
  make(aSocket(), () => {});
}

afterEach(forget);

describe('a private field that an upgrade renames is named by the error', () => {
  it.each(['_hci', '_socket', 'pollIsDevUp', '_gap', '_discoveries'])('noble: %s', async (field) => {
    renamed(field);
    await expect(startNoble()).rejects.toThrow(`noble's hci-socket has no ${field} any more`);
  });

  it.each(['_addresses', '_addresseTypes', '_connectable'])('noble, of each device: %s', async (field) => {
    renamed(field);
    await expect(startNoble()).rejects.toThrow(`noble's hci-socket has no ${field} any more`);
  });

  it.each(['_peripherals', '_services', '_characteristics', '_descriptors', '_discoveredPeripheralUUids'])(
    'noble, of each device: %s',
    async (field) => {
      renamed(field);
      await expect(startNoble()).rejects.toThrow(`noble has no ${field} any more`);
    },
  );

  it.each(['_hci', '_socket', 'pollIsDevUp'])('bleno: %s', async (field) => {
    renamed(field);
    await expect(makeBleno()).rejects.toThrow(`bleno's hci-socket has no ${field} any more`);
  });

  it('bleno: _bindings', async () => {
    renamed('_bindings');
    await expect(makeBleno()).rejects.toThrow('bleno has no _bindings any more');
  });

  it('and with nothing renamed both start', async () => {
    renamed(undefined);
    await startNoble();
    await makeBleno();
  });
});
