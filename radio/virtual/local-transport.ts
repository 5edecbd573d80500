// A host stack and its virtual controller in one process.
import type { Air } from '../air/air.ts';
import type { HciTransport, TransportEvents } from '../hci/host-socket.ts';
import type { VirtualController } from '../hci/virtual-controller.ts';

export interface LocalTransport extends HciTransport {
  readonly controller: VirtualController;
}

export function localTransport(air: Air): LocalTransport {
  let host: TransportEvents | undefined;
  // A controller speaks only when spoken to: before `open` there is nothing to lose.
  const controller = air.attach({ pacing: 'macrotask', toHost: (packet) => host?.packet(packet) });
  return {
    controller,
    open(events) {
      host = events;
    },
    write(packet) {
      controller.fromHost(packet);
    },
    isUp: () => true,
    close() {
      air.detach(controller);
    },
  };
}
