// Loaded before the program: it kills its own process, as nothing can be caught or tidied after, at the moment that
// KILL_AT names: `append:N:before|torn|after` (a write to the journal), `synced:N` (that write on the disk),
// `call:N:before|after` (a call of the cloud), `frame:N` (a packet into the air). With KILL_BY it is another signal.
import { writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { ClientRequest } from 'node:http';
import process from 'node:process';
import { WebSocket } from 'ws';

const [what = '', at = '0', where = ''] = (process.env['KILL_AT'] ?? '').split(':');
const number = Number(at);

const die = (): void => {
  process.kill(process.pid, process.env['KILL_BY'] ?? 'SIGKILL');
};

/** Counts the calls of one kind, and says whether this is the one. */
function counter(kind: string): () => boolean {
  let calls = 0;
  return () => ++calls === number && kind === what;
}

interface Handle {
  readonly fd: number;
  appendFile(data: Uint8Array): Promise<void>;
  datasync(): Promise<void>;
}

const probe = await open(process.execPath);
const handles = Object.getPrototypeOf(probe) as Handle;
await probe.close();

const isAppend = counter('append');
const append = handles.appendFile;
handles.appendFile = async function (data) {
  const isNow = isAppend();
  if (isNow && where === 'before') die();
  if (isNow && where === 'torn') {
    writeSync(this.fd, data.subarray(0, data.length >> 1));
    die();
  }
  await append.call(this, data);
  if (isNow) die();
};

const isSynced = counter('synced');
const datasync = handles.datasync;
handles.datasync = async function () {
  await datasync.call(this);
  if (isSynced()) die();
};

const isCall = counter('call');
const end = Reflect.get(ClientRequest.prototype, 'end') as (...args: unknown[]) => ClientRequest;
Reflect.set(ClientRequest.prototype, 'end', function (this: ClientRequest, ...args: unknown[]) {
  // A WebSocket begins as a request, too, and is none.
  const isNow = this.getHeader('upgrade') === undefined && isCall();
  if (isNow && where === 'before') die();
  if (isNow) this.prependListener('response', die);
  return end.apply(this, args);
});

const isFrame = counter('frame');
const send = Reflect.get(WebSocket.prototype, 'send') as (...args: unknown[]) => void;
Reflect.set(WebSocket.prototype, 'send', function (this: WebSocket, ...args: unknown[]) {
  if (isFrame()) die();
  send.apply(this, args);
});
