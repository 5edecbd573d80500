// What a courier command opens is closed again, whichever part of it fails.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { asCourier, tokenFile } from '#cli/courier-session.ts';
import type { Context } from '#cli/context.ts';
import { gatewayFolder } from '#cli/data-folders.ts';
import { openRadio, type OpenRadio } from '#cli/open-radio.ts';
import { Journal } from '#gateway/journal.ts';

vi.mock('#cli/open-radio.ts');

let context: Context;
beforeEach(() => {
  const config = { data: mkdtempSync(join(tmpdir(), 'doorlab-courier-')) } as Context['config'];
  context = { config } as Context;
  mkdirSync(dirname(tokenFile(config)), { recursive: true });
  writeFileSync(tokenFile(config), 'token', { mode: 0o600 });
});
afterEach(() => rmSync(context.config.data, { recursive: true }));

const failing = (what: string) => () => {
  throw new Error(what);
};
const aRadio = (parts: Partial<OpenRadio>): void => {
  vi.mocked(openRadio).mockReturnValueOnce({
    central: async () => ({}),
    close: async () => {},
    ...parts,
  } as OpenRadio);
};

test.each([
  ['the radio can not be opened', () => vi.mocked(openRadio).mockImplementationOnce(failing('broke'))],
  ['the radio has no central', () => aRadio({ central: failing('broke') })],
  ['the radio can not be closed', () => aRadio({ close: failing('broke') })],
])('where %s, the journal is free again', async (_, prepare) => {
  prepare();
  await expect(asCourier(context, async () => {})).rejects.toThrow('broke');
  await (await Journal.open(gatewayFolder(context.config))).close();
});
