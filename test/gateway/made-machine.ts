// Machines made of folders, for doctor to look at.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Check, CheckId } from '#gateway/doctor/check.ts';
import type { AdapterWish } from '#gateway/doctor/machine.ts';
import type { Machine } from '#gateway/doctor/machine-facts.ts';
import { aFolder } from './temporary-folder.ts';

export const wanted: AdapterWish = { isWanted: true, adapter: undefined };
export const notWanted: AdapterWish = { isWanted: false, adapter: undefined };

export function aMachine(files: Record<string, string>, over: Partial<Machine> = {}): Machine {
  const root = aFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const [socketPackage, lockFolder] = [join(root, 'socket'), join(root, 'locks')];
  return { platform: 'linux', nodeVersion: '20.20.0', root, socketPackage, lockFolder, ...over };
}

export const ADAPTER = { 'sys/class/bluetooth/hci0/type': '' };
export const MAY = { 'proc/self/status': 'Name:\tnode\nCapEff:\t0000000000003000\n' };
export const BUILT = { 'socket/build/Release/bluetooth_hci_socket.node': '' };

export const byId = (checks: readonly Check[], id: CheckId): Check | undefined =>
  checks.find((one) => one.id === id);
