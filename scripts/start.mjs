// `npm start`: sets up, then tells the whole story with `doorlab demo`. Arguments go on to the demo.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT, setUp } from './setup.mjs';

const code = setUp();
if (code === 0) startDemo();
else process.exitCode = code;

function startDemo() {
  const bin = path.join(ROOT, 'cli', 'bin.mjs');
  const demo = spawn(process.execPath, [bin, 'demo', ...process.argv.slice(2)], { stdio: 'inherit' });
  // Signals are the demo's to answer. A terminal sends them to every process: the demo counts echoes once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => demo.kill(signal));
  demo.on('error', (error) => {
    console.error(`start: the demo could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  demo.on('exit', (exitCode, signal) => {
    process.exitCode = exitCode ?? (signal === 'SIGINT' ? 130 : 1);
  });
}
