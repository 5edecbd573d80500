// Between a host stack and ours: what a peer sends must not end the process, what our own handlers throw must.

/** Thrown again in a turn of its own, so that the host stack around the handler is not left halfway. */
export function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

/** What `handle` gives; what it throws is a defect of its own, told apart from the stack's. */
export function handled<T>(handle: () => T, instead: T): T {
  try {
    return handle();
  } catch (error) {
    throwLater(error);
    return instead;
  }
}
