// What happens before a call of the cloud leaves this process: something meanwhile, or nothing ever again.
import { ClientRequest } from 'node:http';

type End = (this: ClientRequest, ...args: unknown[]) => ClientRequest;

/** Each call waits for `hook`; where that throws, it fails as if nobody were there. The returned function ends it. */
export function beforeCalls(hook: (url: string) => Promise<void>): () => void {
  const end = Reflect.get(ClientRequest.prototype, 'end') as End;
  Reflect.set(ClientRequest.prototype, 'end', function (this: ClientRequest, ...args: unknown[]) {
    // A WebSocket begins as a request, too, and is none.
    if (this.getHeader('upgrade') !== undefined) return end.apply(this, args);
    const url = `${this.protocol}//${String(this.getHeader('host'))}${this.path}`;
    void hook(url).then(
      () => end.apply(this, args),
      (error: unknown) => this.destroy(error instanceof Error ? error : undefined),
    );
    return this;
  });
  return () => void Reflect.set(ClientRequest.prototype, 'end', end);
}
