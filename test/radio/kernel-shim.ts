// Debian's Bluetooth programs on a kernel that lacks what they ask for: kernel-shim.c, built and preloaded.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { debianProgram } from './debian-program.ts';

const SOURCE = fileURLToPath(new URL('kernel-shim.c', import.meta.url));
const BUILD_DEADLINE_MS = 60_000;

/** The environment to start them in. Throws where there is no compiler, or it refuses. */
export function withKernelShim(folder: string): NodeJS.ProcessEnv {
  const compiler = debianProgram('cc', 'gcc libc6-dev');
  if (compiler.path === undefined) throw new Error(compiler.missing);
  const library = path.join(folder, 'kernel-shim.so');
  const args = ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl'];
  const built = spawnSync(compiler.path, args, { encoding: 'utf8', timeout: BUILD_DEADLINE_MS });
  if (built.status !== 0) throw new Error(`the shim was not built: ${built.error?.message ?? built.stderr}`);
  return { ...process.env, LD_PRELOAD: library };
}
