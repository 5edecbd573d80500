// Turns taken one after the other: how the adapters keep two procedures of one host apart.

/** One at a time, in the order of the calls; a turn that fails does not stop the next. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
