// Debian's btvirt: BlueZ's own virtual controllers behind a Unix socket, H4, one a connection. Independent of ours.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '#protocol/node/system-clock.ts';
import type { H4Endpoint } from '#radio/h4/endpoint.ts';
import { debianProgram } from './debian-program.ts';
import { withKernelShim } from './kernel-shim.ts';

const START_DEADLINE_MS = 10_000;
const LOOK_EVERY_MS = 20;

export interface Btvirt {
  readonly endpoint: H4Endpoint;
  /** All its controllers at once, as by a power cut. */
  kill(): Promise<void>;
}

/**
 * In a folder of its own. Through the shim, so that it also runs where the kernel has no AF_ALG, which it asks for as each LE
 * controller comes up. Or the reason why there is none.
 */
export async function startBtvirt(): Promise<Btvirt | { readonly missing: string }> {
  const program = debianProgram('btvirt', 'bluez-test-tools');
  if (program.path === undefined) return { missing: program.missing };
  const folder = mkdtempSync(path.join(tmpdir(), 'doorlab-btvirt-'));
  const socket = path.join(folder, 'le');
  const discard = (): void => rmSync(folder, { recursive: true, force: true });
  let env: NodeJS.ProcessEnv;
  try {
    env = { ...withKernelShim(folder), SHIM_FOLDER: folder };
  } catch (error) {
    discard();
    return { missing: error instanceof Error ? error.message : String(error) };
  }
  const child = spawn(program.path, ['-s'], { env, stdio: 'ignore' });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    discard();
  };
  for (let waitedMs = 0; waitedMs < START_DEADLINE_MS; waitedMs += LOOK_EVERY_MS) {
    if (existsSync(socket)) return { endpoint: { kind: 'unix', path: socket }, kill };
    if (child.exitCode !== null) break;
    await new Promise<void>((resolve) => systemClock.after(LOOK_EVERY_MS, resolve));
  }
  await kill();
  throw new Error('btvirt opened no sockets');
}
