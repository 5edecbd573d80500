// The proof that what a browser needs runs in one: bundled for it, no Node built-in is left, and the bundle
// loads where there is no process, no Buffer and no require.
import { existsSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { build, type BuildResult } from 'esbuild';
import { expect, test } from 'vitest';
import { filesIn, ROOT } from './files.ts';

/** Folders that a later part brings count from the day they exist. */
const PORTABLE = ['protocol', 'radio/ports', 'radio/web-bluetooth', 'gateway/courier'].filter((folder) =>
  existsSync(path.join(ROOT, folder)),
);

const portableFiles = (folder: string): string[] =>
  filesIn(folder, /\.ts$/).filter((file) => !file.startsWith('protocol/node/'));

function bundle(contents: string): Promise<BuildResult<{ write: false }>> {
  return build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2023',
    conditions: ['source'],
    logLevel: 'silent',
    // Everything counts, used or not.
    treeShaking: false,
  });
}

const importsOf = (files: readonly string[]): string =>
  files.map((file, at) => `import * as m${at} from './${file}'; globalThis.loaded.push(m${at});`).join('\n');

/** What every browser has and ECMAScript does not bring. */
const WEB_GLOBALS = {
  AbortController,
  AbortSignal,
  Event,
  EventTarget,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  atob,
  btoa,
  console,
  crypto: globalThis.crypto,
  queueMicrotask,
  structuredClone,
};

test.each(PORTABLE)('%s is bundled for a browser and loads without Node', async (folder) => {
  const files = portableFiles(folder);
  expect(files.length).toBeGreaterThan(0);
  const { outputFiles } = await bundle(importsOf(files));
  const page = vm.createContext({ ...WEB_GLOBALS, loaded: [] });
  vm.runInContext('globalThis.self = globalThis.window = globalThis;', page);
  vm.runInContext(outputFiles[0]?.text ?? '', page);
  expect((page['loaded'] as unknown[]).length).toBe(files.length);
});

test('a Node built-in in such a file would be found', async () => {
  await expect(bundle("import { readFileSync } from 'node:fs'; readFileSync('x');")).rejects.toThrow(
    'node:fs',
  );
});
