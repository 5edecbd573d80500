// Loading the JavaScript of noble and bleno without the native socket they ask for: while one of their modules
// loads, chosen requests resolve to our objects; then the loader is as it was. Nothing here is kept across loads
// but Node's own module cache.
import Module, { createRequire } from 'node:module';

type Load = (request: string, parent: unknown, isMain: boolean) => unknown;

export const require = createRequire(import.meta.url);

/** The package that both ask for, by name, as they load. */
export const SOCKET_PACKAGE = '@abandonware/bluetooth-hci-socket';

/**
 * Loads `id`; each request named in `substitutes` gets its value there instead. Synchronous, so that no other
 * load falls in between.
 */
export function loadWith(id: string, substitutes: Readonly<Record<string, unknown>>): unknown {
  // Node's loader as every mocking library patches it; `register` hooks would stay for the whole process.
  const loader = Module as unknown as { _load: Load };
  const original = loader._load;
  loader._load = (request, parent, isMain) =>
    Object.hasOwn(substitutes, request)
      ? substitutes[request]
      : original.call(loader, request, parent, isMain);
  try {
    return require(id) as unknown;
  } finally {
    loader._load = original;
  }
}

/**
 * The field `name` of a host stack's object. A package of another version may have renamed it: then this says
 * which, rather than that something is undefined.
 */
export function privateField(owner: object, name: string, where: string): unknown {
  const value = (owner as Record<string, unknown>)[name];
  if (value === undefined) {
    throw new TypeError(
      `${where} has no ${name} any more: its version moved what the radio adapter rests on`,
    );
  }
  return value;
}

/** Runs `init` and takes away the process listeners it added; gives what it added to 'exit'. */
export function withoutProcessListeners(init: () => unknown): (() => void)[] {
  const before = { SIGINT: process.listeners('SIGINT'), exit: process.listeners('exit') };
  const added: (() => void)[] = [];
  try {
    init();
  } finally {
    for (const listener of process.listeners('SIGINT')) {
      if (!before.SIGINT.includes(listener)) process.removeListener('SIGINT', listener);
    }
    for (const listener of process.listeners('exit')) {
      if (before.exit.includes(listener)) continue;
      process.removeListener('exit', listener);
      added.push(listener as () => void);
    }
  }
  return added;
}

interface Polling {
  pollIsDevUp(): void;
}

/**
 * Both stacks ask every second whether the adapter is up, with timers that nobody can stop. Their own function is
 * kept, but what it would hand to setTimeout is not made: `again` decides instead. It returns after each poll.
 */
export function holdPoll(hci: Polling, where: string, again: (poll: () => void) => void): void {
  const original = privateField(hci, 'pollIsDevUp', where) as () => void;
  const held = new Error('the poll is held');
  const poll = (): void => {
    try {
      original.call(hci);
    } catch (error) {
      if (error !== held) throw error;
    }
    again(poll);
  };
  // The stacks end their function with setTimeout(this.pollIsDevUp.bind(this), 1000): bind comes first.
  poll.bind = () => {
    throw held;
  };
  hci.pollIsDevUp = poll;
}
