// The fault matrix, the air's side: each fault of an air at each thing that couriers come for, and a thinner matrix over the real
// noble and bleno. What has to hold in the end is that of the matrix of messages.
import { afterAll, describe, expect, test } from 'vitest';
import type { Faults } from '#radio/air/faults.ts';
import { SEED } from '#test/builders/seeded-property.ts';
import { FAULTS } from './matrix/faults.ts';
import { playCase } from './matrix/matrix-case.ts';
import { MatrixTotal } from './matrix/matrix-total.ts';
import type { Point } from './matrix/points.ts';
import { SCENARIOS } from './matrix/scenarios.ts';

const isLong = process.env['DOORLAB_MATRIX'] === 'long';
/** Of each air: with as many seeds. */
const ROUNDS = isLong ? 20 : 1;
const total = new MatrixTotal('fault matrix of the air');
const totalOfReal = new MatrixTotal('fault matrix over noble and bleno');
afterAll(() => {
  total.tell();
  totalOfReal.tell();
});

const AIRS: readonly (readonly [string, Omit<Faults, 'seed'>])[] = [
  ['a packet in ten is lost', { packetLoss: 0.1 }],
  ['packets are late by up to 200 ms', { delayMsMax: 200 }],
  ['a value in fifty comes twice', { pduDuplicate: 0.02 }],
  ['each link is lost somewhere', { loseLinkAtPdu: [1, 60] }],
  ['each link is lost after 4 KiB', { loseLinkEveryBytes: 4_096 }],
  ['the host of the lock is dead from somewhere on', { silentFromPdu: [1, 60] }],
  ['the MTU is the smallest', { attMtuMax: 23 }],
  ['the peer is slow', { slowPeerMs: 400 }],
  ['there is no data length extension', { noDataLength: true }],
  ['an event ends after 4 packets', { pairsPerEventMax: 4 }],
  ['half of the adverts are lost, a third comes twice', { reportLoss: 0.5, reportDuplicate: 0.33 }],
  [
    'all of it at once',
    {
      packetLoss: 0.05,
      pduDuplicate: 0.01,
      delayMsMax: 50,
      loseLinkAtPdu: [20, 200],
      attMtuMax: 100,
      noDataLength: true,
      pairsPerEventMax: 4,
      reportLoss: 0.3,
    },
  ],
];
const rounds = Array.from({ length: ROUNDS }, (_, i) => i);

describe.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', (_, scenario) => {
  test.each(AIRS)('%s', async (name, faults) => {
    for (const round of rounds) {
      const seed = `${SEED}.${round}`;
      const report = await playCase({ scenario, seed, faults: { ...faults, seed } });
      total.add(report);
      expect(report, `DOORLAB_SEED=${SEED}, round ${round}: ${name}`).toMatchObject({ lost: 0 });
    }
  });
});

/** Those that a link of controllers meets in another way than one in memory. */
const STRUCK = FAULTS.filter((fault) => fault.does === 'strike' && fault.when === 'behind');
const POINTS: readonly Point[] = ['connect', 'keySet', 'frame', 'receipt', 'logBatch'];

describe('over the real noble and bleno', () => {
  const [scenario] = SCENARIOS;
  const cases = POINTS.flatMap((point) => STRUCK.map((fault) => [point, fault.name, fault] as const));
  test.each(cases)('%s: %s', async (point, _name, fault) => {
    const aim = { fault, point, nth: point === 'frame' ? 30 : 1 };
    const report = await playCase({ scenario: scenario!, seed: SEED, aim, parts: 'noble and bleno' });
    totalOfReal.add(report);
    expect(report, `DOORLAB_SEED=${SEED}`).toMatchObject({ hasStruck: true, lost: 0 });
  });
});
