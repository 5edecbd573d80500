// A program on plain noble, as anybody would write it: it finds the lock, reads it, says hello, and tells what it got, a JSON
// object a line. What to say comes line by line on its stdin, in hex.
import noble from '@abandonware/noble';
import { createInterface } from 'node:readline';

const [service, status, control] = process.argv.slice(2);
const tell = (event, fields = {}) => process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

noble.on('stateChange', async (state) => {
  if (state === 'poweredOn') await noble.startScanningAsync([service], false);
});

noble.on('discover', async (peripheral) => {
  if (peripheral.advertisement.manufacturerData === null) return;
  await noble.stopScanningAsync();
  const { localName, manufacturerData } = peripheral.advertisement;
  tell('discovered', { localName, manufacturerData: manufacturerData.toString('hex') });
  await peripheral.connectAsync();
  peripheral.once('disconnect', () => {
    tell('disconnected');
    process.exit(0);
  });
  const { characteristics } = await peripheral.discoverAllServicesAndCharacteristicsAsync();
  tell('characteristics', {
    uuids: characteristics.map(({ uuid, properties }) => `${uuid} ${properties.join('+')}`),
  });
  const named = (uuid) => characteristics.find((one) => one.uuid === uuid);
  for (const uuid of ['2a29', '2a24', '2a26', '2a19', status]) {
    tell('read', { uuid, value: (await named(uuid).readAsync()).toString('hex') });
  }
  named(control).on('data', (data, isNotification) => {
    if (isNotification) tell('notified', { value: data.toString('hex') });
  });
  await named(control).subscribeAsync();
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    if (line.value === 'bye') break;
    await named(control).writeAsync(Buffer.from(line.value, 'hex'), false);
    tell('written');
  }
  await peripheral.disconnectAsync();
});
