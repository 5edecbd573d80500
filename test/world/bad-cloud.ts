// A proxy before a real DOOR OS that spoils one call of many: the cloud is gone, silent, cut off, somebody else, full, or
// takes the token no more. Whatever waits for it in vain is told at once that its time is over, by the clock that comes with it.
import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { PROBLEM_MEDIA_TYPE } from '#protocol/api/problem.ts';
import {
  CLOUD_CALL_AT_DOOR_DEADLINE_MS,
  CLOUD_CALL_AT_LOCK_DEADLINE_MS,
  CLOUD_CALL_DEADLINE_MS,
  JSON_ANSWER_MAX_BYTES,
  PACKAGE_DEADLINE_MS,
} from '#gateway/cloud-limits.ts';
import { HurriedClock } from './hurried-clock.ts';

/** What a phone asks in one go: one deadline is over for all of them, and what comes late of them is waited for no more. */
const isTogether = (call: string): boolean => / app\/(me|doors|codes)$/.test(call);

/** How long is waited for a call of that path, by a phone at a door or by anybody else. */
function deadlineOf(call: string, isAtDoor: boolean): number {
  if (isAtDoor) return CLOUD_CALL_AT_DOOR_DEADLINE_MS;
  if (call.endsWith('/package')) return PACKAGE_DEADLINE_MS;
  if (isTogether(call)) return CLOUD_CALL_AT_DOOR_DEADLINE_MS;
  return /key-sets|\/finish$|\/time$|\/log-batches$/.test(call)
    ? CLOUD_CALL_AT_LOCK_DEADLINE_MS
    : CLOUD_CALL_DEADLINE_MS;
}

interface Passed {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Spoiling {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** The deadline of this call is over. */
  readonly tooLate: () => void;
  /** What the cloud says, which has done what it was asked. */
  readonly pass: (urlOf?: (url: string) => string) => Promise<Passed>;
  readonly elsewhere: string;
}

type Spoil = (call: Spoiling) => void | Promise<void>;

export interface Trouble {
  readonly spoil: Spoil;
  /** Of the error that the call ends with. */
  readonly code: string;
  /** It is there for all later calls too. */
  readonly lasts: boolean;
}

const lasting = (code: string, spoil: Spoil): Trouble => ({ code, spoil, lasts: true });
const single = (code: string, spoil: Spoil): Trouble => ({ code, spoil, lasts: false });

function half(outgoing: ServerResponse, { status, headers, body }: Passed, then: () => void): void {
  outgoing.writeHead(status, { ...headers, 'content-length': body.length });
  outgoing.write(body.subarray(0, body.length >> 1), then);
}

const page = '<!doctype html><title>Welcome</title><p>Accept our terms to go online.';

const answer =
  (status: number, type: string, body: string, headers: Readonly<Record<string, string>> = {}): Spoil =>
  ({ outgoing }) =>
    void outgoing.writeHead(status, { 'content-type': type, ...headers }).end(body);

const problem = (status: number, code: string, detail: string, headers = {}): Spoil =>
  answer(
    status,
    PROBLEM_MEDIA_TYPE,
    JSON.stringify({
      type: 'about:blank',
      title: 'No',
      status,
      code,
      detail,
      next: 'Do something about it.',
    }),
    headers,
  );

/** What a call that meets it ends with. */
export const TROUBLES = {
  'is gone': lasting('CLOUD_UNREACHABLE', ({ incoming }) => void incoming.socket.destroy()),
  'never answers': lasting('CLOUD_TIMEOUT', ({ tooLate }) => tooLate()),
  'goes once it has done its work': single('CLOUD_UNREACHABLE', async ({ incoming, pass }) => {
    await pass();
    incoming.socket.destroy();
  }),
  'is cut off in the middle of its answer': single(
    'CLOUD_UNREACHABLE',
    async ({ incoming, outgoing, pass }) => {
      half(outgoing, await pass(), () => incoming.socket.destroy());
    },
  ),
  'falls silent in the middle of its answer': single('CLOUD_TIMEOUT', async ({ outgoing, pass, tooLate }) => {
    half(outgoing, await pass(), tooLate);
  }),
  'is the page of a guest network': lasting('CLOUD_RUBBISH', answer(200, 'text/html', page)),
  'is a page that failed': lasting('CLOUD_RUBBISH', answer(500, 'text/html', page)),
  'answers in another shape': single('CLOUD_RUBBISH', async ({ outgoing, pass }) => {
    const { status } = await pass();
    outgoing.writeHead(status, { 'content-type': 'application/json' }).end('{"items":{"a":[1]},"next":7}');
  }),
  'never stops answering': single('CLOUD_RUBBISH', ({ outgoing }) => {
    outgoing.on('error', () => undefined).writeHead(200, { 'content-type': 'application/json' });
    outgoing.write(`"${'x'.repeat(JSON_ANSWER_MAX_BYTES)}`);
    outgoing.write('x'.repeat(1_000));
  }),
  'sends elsewhere': lasting(
    'CLOUD_UNREACHABLE',
    ({ outgoing, elsewhere }) => void outgoing.writeHead(307, { location: elsewhere }).end(),
  ),
  'takes the token no more': lasting(
    'NOT_SIGNED_IN',
    problem(401, 'NOT_SIGNED_IN', 'This token is not in force.'),
  ),
  'is asked too often': single(
    'TOO_MANY_ATTEMPTS',
    problem(429, 'TOO_MANY_ATTEMPTS', 'Too many requests.', { 'retry-after': '30' }),
  ),
  'is being started': single('NOT_READY', problem(503, 'NOT_READY', 'The cloud is being started.')),
  'is missing behind its proxy': lasting('CLOUD_UNREACHABLE', answer(503, 'text/html', page)),
} as const satisfies Record<string, Trouble>;

export type TroubleName = keyof typeof TROUBLES;
export const TROUBLE_NAMES = Object.keys(TROUBLES) as readonly TroubleName[];

/** Of a package alone: its last byte, and that of another door. */
export const FLIPPED = single('CLOUD_RUBBISH', async ({ outgoing, pass }) => {
  const { status, headers, body } = await pass();
  body[body.length - 1]! ^= 1;
  outgoing.writeHead(status, headers).end(body);
});
export const ofDoor = (doorId: string): Trouble =>
  single('CLOUD_RUBBISH', async ({ outgoing, pass }) => {
    const { status, headers, body } = await pass((url) =>
      url.replace(/door_\w+/, doorId).replace(/\?.*/, ''),
    );
    outgoing.writeHead(status, headers).end(body);
  });

export class BadCloud {
  readonly clock = new HurriedClock();
  /** Calls since it was last reset, as method and path with ids left out. */
  readonly calls: string[] = [];
  /** Calls that came where the cloud sent to. */
  strays = 0;
  /** What is met from which call on: by its number, from 0, or the first of that name. */
  plan: { readonly at: number | string; readonly trouble: Trouble } | undefined;
  /** Calls, and channels to be opened, that have no answer yet. */
  waiting = 0;
  /** Whoever calls is a phone at a door. */
  isForPhone = false;
  /** Calls that went out together were waited for in vain, and nothing else was called since. */
  #isLateTogether = false;
  readonly #cloudUrl: () => string;
  readonly #server: Server;
  readonly #stray: Server;

  private constructor(cloudUrl: () => string) {
    this.#cloudUrl = cloudUrl;
    this.#server = createServer((incoming, outgoing) => {
      this.waiting++;
      outgoing.on('close', () => this.waiting--);
      void this.#serve(incoming, outgoing);
    });
    this.#server.on('upgrade', (incoming, socket) => this.#join(incoming, socket));
    this.#stray = createServer((_, outgoing) => {
      this.strays++;
      outgoing.end();
    });
  }

  static async before(cloudUrl: () => string): Promise<BadCloud> {
    const self = new BadCloud(cloudUrl);
    for (const server of [self.#server, self.#stray]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    return self;
  }

  get url(): string {
    return urlOf(this.#server);
  }

  reset(plan?: BadCloud['plan']): void {
    this.calls.length = 0;
    this.plan = plan;
    this.#isLateTogether = false;
  }

  async close(): Promise<void> {
    for (const server of [this.#server, this.#stray]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url = '' } = incoming;
    // A GET that is cut off on a kept connection would come once more.
    outgoing.setHeader('connection', 'close');
    const number = this.calls.length;
    this.calls.push(nameOf(method, url));
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const pass: Spoiling['pass'] = (urlOf = (same) => same) =>
      this.#pass(incoming, urlOf(url), Buffer.concat(parts));
    const { plan } = this;
    if (plan !== undefined && plan.at === this.calls[number]) this.plan = { ...plan, at: number };
    const at = typeof this.plan?.at === 'number' ? this.plan.at : Number.POSITIVE_INFINITY;
    if (plan !== undefined && (number === at || (plan.trouble.lasts && number > at))) {
      const elsewhere = `${urlOf(this.#stray)}${url}`;
      const tooLate = (): void => this.#endWait(this.calls[number] ?? '');
      await plan.trouble.spoil({ incoming, outgoing, pass, tooLate, elsewhere });
      return;
    }
    const { status, headers, body } = await pass();
    outgoing.writeHead(status, headers).end(body);
  }

  /** Others wait as long for something else: nobody's time is over twice. */
  #endWait(call: string): void {
    if (isTogether(call) && this.#isLateTogether) return;
    this.#isLateTogether = isTogether(call);
    this.clock.end(deadlineOf(call, this.isForPhone));
  }

  /** A live channel: there while nothing that lasts has begun. */
  #join({ method, url = '', headers }: IncomingMessage, socket: Duplex): void {
    socket.on('error', () => undefined);
    if (typeof this.plan?.at === 'number' && this.plan.trouble.lasts) {
      socket.destroy();
      return;
    }
    this.waiting++;
    const passed = request(`${this.#cloudUrl()}${url}`, { method, headers });
    passed.on('close', () => this.waiting--);
    passed.on('error', () => socket.destroy());
    passed.on('response', () => socket.destroy());
    passed.on('upgrade', (reply, upstream, head) => {
      const lines = [`HTTP/1.1 ${reply.statusCode} ${reply.statusMessage}`];
      for (let i = 0; i < reply.rawHeaders.length; i += 2)
        lines.push(`${reply.rawHeaders[i]}: ${reply.rawHeaders[i + 1]}`);
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
      socket.write(head);
      upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('close', () => upstream.destroy());
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    passed.end();
  }

  async #pass({ method, headers }: IncomingMessage, url: string, body: Buffer): Promise<Passed> {
    const passed = request(`${this.#cloudUrl()}${url}`, { method, headers });
    passed.end(body);
    const [reply] = (await once(passed, 'response')) as [IncomingMessage];
    const parts: Buffer[] = [];
    for await (const part of reply) parts.push(part as Buffer);
    const { connection: _, ...kept } = reply.headers;
    return { status: reply.statusCode ?? 0, headers: kept, body: Buffer.concat(parts) };
  }
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const nameOf = (method: string, url: string): string =>
  `${method} ${url
    .replace(/^\/api\/v1\//, '')
    .replace(/\?.*/, '')
    .replaceAll(/\/[a-z]+_[a-z0-9]{20,}/g, '')}`;
