#!/usr/bin/env node
// `doorlab`: from a source tree it runs the TypeScript as it is, in a Node of its own with the `source`
// condition; shipped, it runs the JavaScript in dist/. Signals and the exit code go through, SIGKILL as well.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const source = new URL('main.ts', import.meta.url);
const built = new URL('../dist/cli/main.js', import.meta.url);
const tsx = existsSync(source) ? resolveTsx() : undefined;

/**
 * In the child: nothing but the end of the channel between them tells it that its parent was killed. The channel is for
 * nothing else: the loader would send the name of every module through it.
 */
const ENDS_WITH_PARENT = `
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.channel?.unref();
process.send = undefined;`;

if (tsx !== undefined) runSource(tsx);
else if (existsSync(built)) await import(built.href);
else {
  console.error('error: Doorlab is not installed completely: its dependencies are missing.');
  console.error('  next: Run "npm run setup" in its folder.');
  process.exitCode = 3;
}

/** From here, so that it is found whatever folder the command is called in. */
function resolveTsx() {
  try {
    return import.meta.resolve('tsx');
  } catch {
    return undefined;
  }
}

function runSource(loader) {
  const main = fileURLToPath(source);
  const watch = `data:text/javascript,${encodeURIComponent(ENDS_WITH_PARENT)}`;
  const args = ['--conditions=source', '--import', watch, '--import', loader, main, ...process.argv.slice(2)];
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`error: Node could not be started again: ${error.message}`);
    process.exitCode = 3;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
