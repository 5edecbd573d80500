// One session with every kind of ATT PDU in it, one step after the other, so that its trace has one order.
import { ATT_UNLIKELY_ERROR } from '#radio/ports/gatt.ts';
import type { RadioRig } from './radio-rig.ts';
import { CONTROL, DATA, met, SERVICE, STATUS } from './radio-rig.ts';

export async function scriptedSession(rig: RadioRig): Promise<void> {
  const { central, link, handler, id } = await met(rig);
  await link.read(STATUS);
  await link.write(
    CONTROL,
    Uint8Array.from({ length: 244 }, (_, n) => n),
  );
  await link.writeCommand(DATA, new Uint8Array(253).fill(7));
  await link.writeCommand(DATA, new Uint8Array(0));
  await link.subscribe(CONTROL, () => {});
  handler.write = (_value, peripheralLink) => {
    peripheralLink.notify(CONTROL, Uint8Array.of(1, 2));
    return ATT_UNLIKELY_ERROR;
  };
  await link.write(CONTROL, Uint8Array.of(9)).catch(() => {});
  await link.writeCommand(CONTROL, Uint8Array.of(8));
  await link.read('2a19');
  handler.read = () => ATT_UNLIKELY_ERROR;
  await link.read(STATUS).catch(() => {});
  await link.read(DATA).catch(() => {});
  await link.write(STATUS, Uint8Array.of(1)).catch(() => {});
  await link.subscribe(DATA, () => {}).catch(() => {});
  const { gattTable } = link;
  await link.disconnect();
  await handler.called('disconnect 1');

  const again = await central.connect(id, { gattTable });
  void again.writeCommand(CONTROL, Uint8Array.of(1));
  await again.subscribe(CONTROL, () => {});
  await again.disconnect();
  await handler.called('disconnect 2');

  const third = await central.connect(id, { serviceUuids: [SERVICE] });
  await third.read('2a00').catch(() => {});
  await third.disconnect();
}
