// A host stack and its virtual controller in one process.
import type { Air } from '../air/air.ts';
import type { VirtualController } from '../hci/virtual-controller.ts';
import type { HciTransport } from '../hci/host-socket.ts';

export function localTransport(air: Air): HciTransport {
  let controller: VirtualController | undefined;
  return {
    open(events) {
      controller = air.attach({ pacing: 'macrotask', toHost: (packet) => events.packet(packet) });
    },
    write(packet) {
      controller?.fromHost(packet);
    },
    isUp: () => true,
    close() {
      if (controller !== undefined) air.detach(controller);
      controller = undefined;
    },
  };
}
