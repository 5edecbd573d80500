// Work dealt out to processes of one script, one name after another to whoever is free: each is this script again with
// `--worker`, is sent a name and sends back what came of it.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `script`: the caller's own `import.meta.url`. Rejects where a process does not end with 0. */
export async function dealOut(
  script: string,
  names: readonly string[],
  workers: number,
  onResult: (result: unknown) => void,
): Promise<void> {
  const queue = [...names];
  const count = Math.max(1, Math.min(workers, queue.length));
  await Promise.all(Array.from({ length: count }, () => work(script, queue, onResult)));
}

function work(script: string, queue: string[], onResult: (result: unknown) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(script), [...process.argv.slice(2), '--worker']);
    const next = (): void => {
      const name = queue.shift();
      if (name === undefined) child.disconnect();
      else child.send(name);
    };
    child.on('message', (message) => {
      onResult(message);
      next();
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a worker ended with ${String(code)}`));
    });
    next();
  });
}
