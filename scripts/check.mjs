// `npm run check`: types, lint, format, unused code and the floors, two tools at a time. Exits with the number
// of tools that failed.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './setup.mjs';

const CACHE = path.join('node_modules', '.cache');
/** Two cores are what a small CI machine has, and tsc and eslint want one each. */
const AT_ONCE = 2;

/** The slowest first, so that the short ones fill the second core. Scripts are paths within node_modules. */
const TOOLS = [
  {
    name: 'lint',
    script: 'eslint/bin/eslint.js',
    args: ['.', '--max-warnings=0', '--cache', '--cache-location', path.join(CACHE, 'eslint', '/')],
  },
  { name: 'types', script: 'typescript/bin/tsc', args: ['-p', '.', ...incremental('types')] },
  {
    name: 'types without Node',
    script: 'typescript/bin/tsc',
    args: ['-p', 'tsconfig.portable.json', ...incremental('portable')],
  },
  {
    name: 'floors',
    script: 'dependency-cruiser/bin/dependency-cruise.mjs',
    args: ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', '.'],
  },
  { name: 'unused code', script: 'knip/bin/knip.js', args: ['--no-progress'] },
  {
    name: 'format',
    script: 'prettier/bin/prettier.cjs',
    // The cache stays where prettier itself looks for it: a plain run of prettier removes it.
    args: ['--check', '--log-level=warn', '--cache', '.'],
  },
];

const only = process.argv.slice(2);
const chosen = only.length === 0 ? TOOLS : TOOLS.filter((tool) => only.includes(tool.name));
if (chosen.length === 0) {
  console.error(`check: no such check; there are: ${TOOLS.map((tool) => tool.name).join(', ')}`);
  process.exit(2);
}
mkdirSync(path.join(ROOT, CACHE), { recursive: true });
const queue = [...chosen];
let failures = 0;
await Promise.all(Array.from({ length: AT_ONCE }, () => work()));
process.exitCode = failures;

async function work() {
  for (let tool = queue.shift(); tool !== undefined; tool = queue.shift()) {
    const startedMs = performance.now();
    const { code, text } = await run(tool);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    if (code !== 0) {
      failures++;
      if (text.trim() !== '') console.log(text.trimEnd());
    }
    console.log(`check: ${tool.name}: ${code === 0 ? 'ok' : 'FAILED'} (${seconds} s)`);
  }
}

function run(tool) {
  return new Promise((resolve) => {
    const script = path.join(ROOT, 'node_modules', tool.script);
    const child = spawn(process.execPath, [script, ...tool.args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
    child.on('error', (error) => resolve({ code: 1, text: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, text }));
  });
}

function incremental(name) {
  return ['--incremental', '--tsBuildInfoFile', path.join(CACHE, 'tsc', `${name}.tsbuildinfo`)];
}
