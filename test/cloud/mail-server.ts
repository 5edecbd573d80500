// SMTP servers on loopback: a real one that says what became of each mail, and one that stops at a stage.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerError, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';

export interface MailServer {
  readonly port: number;
  readonly url: string;
  /** In the order of their arrival, those included that were not accepted in the end. */
  readonly mails: ParsedMail[];
  close(): Promise<void>;
}

export const smtpError = (responseCode: number, message: string): SMTPServerError =>
  Object.assign(new Error(message), { responseCode });

export interface MailServerWish {
  readonly port?: number;
  /** Undefined: accepted. */
  onRecipient?(address: string): SMTPServerError | undefined;
  /** After the mail was received whole. */
  onMail?(mail: ParsedMail): Promise<SMTPServerError | undefined>;
  readonly options?: SMTPServerOptions;
}

export async function aMailServer(wish: MailServerWish = {}): Promise<MailServer> {
  const mails: ParsedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, done) => {
      done(wish.onRecipient?.(address));
    },
    onData: (stream, _session, done) => {
      void (async () => {
        const mail = await simpleParser(await buffer(stream));
        mails.push(mail);
        done(await wish.onMail?.(mail));
      })();
    },
    ...wish.options,
  });
  // Clients that are cut off are part of the tests.
  server.on('error', () => undefined);
  server.listen(wish.port ?? 0, '127.0.0.1');
  await once(server.server, 'listening');
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  };
  onTestFinished(close);
  return { port, url: `smtp://127.0.0.1:${port}`, mails, close };
}

export const stages = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', '.'] as const;
export type Stage = (typeof stages)[number];

export interface StoppingServer {
  readonly url: string;
  /** Once a client has got that far. */
  readonly reached: Promise<void>;
  /** Resolves when the client has gone. */
  readonly left: Promise<void>;
}

/** Answers until the stage, and then says nothing any more or hangs up. */
export async function aStoppingServer(stage: Stage, then: 'hang' | 'cut'): Promise<StoppingServer> {
  let reach = (): void => undefined;
  let leave = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const left = new Promise<void>((resolve) => (leave = resolve));
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', leave);
    const stop = (): void => {
      reach();
      if (then === 'cut') socket.destroy();
    };
    if (stage === 'greeting') {
      stop();
      socket.resume();
      return;
    }
    socket.write('220 here\r\n');
    createInterface({ input: socket }).on('line', (line) => {
      const word = line === '.' ? '.' : (/^[A-Z]{4}/.exec(line)?.[0] ?? '');
      const reply = REPLIES[word];
      if (word === stage) stop();
      else if (reply !== undefined) socket.write(`${reply}\r\n`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `smtp://127.0.0.1:${port}`, reached, left };
}

const REPLIES: Readonly<Record<string, string>> = {
  EHLO: '250 here',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go on',
  '.': '250 taken',
  QUIT: '221 bye',
};
