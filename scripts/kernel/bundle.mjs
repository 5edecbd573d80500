// The program as a few files: in the guest each further file costs as much as here a hundred. What is native, or loaded by
// its path, stays where it is.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../setup.mjs';
import { CACHE } from './parts.mjs';

const OUTSIDE = [
  ...['@abandonware/*', 'libsql', '@node-rs/argon2', 'swagger-ui-dist', 'pg-native', 'cbor-extract'],
  'serialport',
];
/** CommonJS packages inside ask for these. */
const BANNER = [
  "import { createRequire as kernelBundleRequire } from 'node:module';",
  "import { fileURLToPath as kernelBundlePath } from 'node:url';",
  'const require = kernelBundleRequire(import.meta.url);',
  'const __filename = kernelBundlePath(import.meta.url);',
  "const __dirname = kernelBundlePath(new URL('.', import.meta.url));",
].join('\n');

/** The path of its main file. */
export async function bundleProgram() {
  const outdir = path.join(CACHE, 'program');
  rmSync(outdir, { recursive: true, force: true });
  await build({
    entryPoints: [path.join(ROOT, 'cli', 'main.ts')],
    ...{ bundle: true, splitting: true, platform: 'node', format: 'esm', outdir, logLevel: 'error' },
    ...{ conditions: ['source'], external: OUTSIDE, outExtension: { '.js': '.mjs' } },
    banner: { js: BANNER },
  });
  return path.join(outdir, 'main.mjs');
}
