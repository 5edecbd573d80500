// The central's half of one connection: operations in the order of their calls, one at a time, each with its
// deadline; a write command has its turn like the rest. All runs in callbacks on the link's turns, so that a clock
// advanced in one go gives the same as one that is stepped.
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { RadioError } from '../ports/errors.ts';
import * as att from './att.ts';
import type { Procedure } from './att-procedures.ts';

export type Outcome<T> = { readonly result: T } | { readonly error: Error };
type Done<T> = (outcome: Outcome<T>) => void;

interface Command {
  readonly kind: 'command';
  readonly pdu: Uint8Array;
  readonly done: Done<void>;
}

interface Request {
  readonly kind: 'request';
  /** The next PDU to send, or how to tell the caller that it is over. */
  readonly advance: (answer?: Uint8Array) => Uint8Array | (() => void);
  readonly fail: (error: Error) => void;
  deadline: Timer | undefined;
}

interface AttClientOptions {
  readonly clock: Clock;
  readonly send: (pdu: Uint8Array) => void;
  readonly onNotification: (valueHandle: number, value: Uint8Array) => void;
  /** No answer in time, or one that leaves noble stuck: the link has to go. */
  readonly onDead: () => void;
}

export class AttClient {
  readonly #options: AttClientOptions;
  readonly #waiting: (Command | Request)[] = [];
  #current: Request | undefined;
  /** Why no more operations are taken. */
  #ended: RadioError | undefined;

  constructor(options: AttClientOptions) {
    this.#options = options;
  }

  /** The deadline counts from now, whatever stands before it; undefined where the caller keeps its own. */
  run<T>(procedure: Procedure<T>, deadlineMs: number | undefined, done: Done<T>): void {
    const request: Request = {
      kind: 'request',
      deadline: undefined,
      advance: (answer) => {
        try {
          const step = answer === undefined ? procedure.next() : procedure.next(answer);
          if (step.done !== true) return step.value;
          return () => {
            done({ result: step.value });
          };
        } catch (error) {
          // A procedure throws nothing else.
          const thrown = error as RadioError;
          return () => {
            done({ error: thrown });
          };
        }
      },
      fail: (error) => {
        done({ error });
      },
    };
    if (deadlineMs !== undefined && this.#ended === undefined) {
      request.deadline = this.#options.clock.after(deadlineMs, () => {
        this.#late(request, deadlineMs);
      });
    }
    this.#add(request);
  }

  /** Done as the PDU goes to the link. */
  command(pdu: Uint8Array, done: Done<void>): void {
    this.#add({ kind: 'command', pdu, done });
  }

  receive(pdu: Uint8Array): void {
    const opcode = att.opcodeOf(pdu);
    if (opcode === att.ATT_OP.notification) {
      this.#options.onNotification(att.readLe16(pdu, 1), pdu.slice(att.VALUE_HEADER_BYTES));
      return;
    }
    const operation = this.#current;
    // The error that bleno answers to a write command is no answer to the request that follows it.
    const toCommand = opcode === att.ATT_OP.error && pdu[1] === att.ATT_OP.writeCommand;
    if (operation === undefined || toCommand) return;
    this.#step(operation, pdu);
  }

  /** Fails what is open, what waits, and all that comes after. */
  end(error: RadioError): void {
    this.#ended ??= error;
    const failing = [this.#settle(), ...this.#waiting.splice(0)];
    for (const operation of failing) if (operation !== undefined) fail(operation, error);
  }

  #add(operation: Command | Request): void {
    if (this.#ended !== undefined) {
      fail(operation, this.#ended);
      return;
    }
    this.#waiting.push(operation);
    this.#next();
  }

  #next(): void {
    while (this.#current === undefined) {
      const operation = this.#waiting.shift();
      if (operation === undefined) return;
      if (operation.kind === 'command') {
        this.#options.send(operation.pdu);
        operation.done({ result: undefined });
      } else {
        this.#current = operation;
        this.#step(operation);
      }
    }
  }

  /** An answer may still come, and would be taken for that of the next request: the link is of no more use. */
  #late(request: Request, deadlineMs: number): void {
    if (this.#current === request) this.#current = undefined;
    else this.#waiting.splice(this.#waiting.indexOf(request), 1);
    request.fail(new RadioError('TIMEOUT', `the peer did not answer within ${deadlineMs} ms`));
    this.#options.onDead();
  }

  #step(operation: Request, answer?: Uint8Array): void {
    const next = operation.advance(answer);
    if (typeof next !== 'function') {
      this.#options.send(next);
      return;
    }
    this.#settle();
    next();
    if (answer !== undefined && leavesNobleStuck(answer)) this.#options.onDead();
    else this.#next();
  }

  #settle(): Request | undefined {
    const settled = this.#current;
    this.#current = undefined;
    settled?.deadline?.cancel();
    return settled;
  }
}

/** After 04 noble keeps its request for ever; after the others it begins to pair. */
const STUCK_STATUSES: readonly (number | undefined)[] = [0x04, 0x05, 0x08, 0x0f];

const leavesNobleStuck = (answer: Uint8Array): boolean =>
  att.opcodeOf(answer) === att.ATT_OP.error && STUCK_STATUSES.includes(answer[4]);

function fail(operation: Command | Request, error: RadioError): void {
  if (operation.kind === 'command') {
    operation.done({ error });
    return;
  }
  operation.deadline?.cancel();
  operation.fail(error);
}
