// The contract of the ports on every radio, and the same ATT PDUs on all of them.
import { describe, expect, it } from 'vitest';
import { USUAL_LINK } from '#radio/air/link-model.ts';
import { portContract } from './port-contract.ts';
import type { AttLine, RadioRig } from './radio-rig.ts';
import { h4Rig, memoryRig, pairedRig, realTimeRig, virtualRig, webSocketRig } from './radio-rig.ts';
import { scriptedSession } from './scripted-session.ts';

portContract('noble and bleno, unpaced, in virtual time', () => virtualRig('unpaced'));
portContract('noble and bleno, unpaced, in real time', realTimeRig);
portContract('noble and bleno, on a 2M link, in virtual time', () => virtualRig(USUAL_LINK));
portContract('noble and bleno, on a 1M link of 27-byte packets, in virtual time', () =>
  virtualRig({ ...USUAL_LINK, phy: '1M', maxPayloadBytes: 27 }),
);
portContract('noble and bleno, over WebSocket', webSocketRig);
portContract('noble and bleno, over H4', h4Rig);
portContract('in memory', memoryRig);
portContract('in memory, on two radios', pairedRig);

describe('one session on every radio', () => {
  const trace = async (open: () => Promise<RadioRig>): Promise<AttLine[]> => {
    const rig = await open();
    await rig.run(() => scriptedSession(rig));
    const lines = [...rig.att];
    await rig.close();
    return lines;
  };

  it('gives the same ATT PDUs in memory, unpaced, on a link, over WebSocket and over H4', async () => {
    const oracle = await trace(() => virtualRig('unpaced'));
    expect(oracle.length).toBeGreaterThan(40);
    expect(await trace(memoryRig)).toEqual(oracle);
    expect(await trace(() => virtualRig(USUAL_LINK))).toEqual(oracle);
    expect(await trace(webSocketRig)).toEqual(oracle);
    expect(await trace(h4Rig)).toEqual(oracle);
  });
});
