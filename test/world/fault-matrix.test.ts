// The fault matrix: each fault at each message of the protocol, and at each step of a courier. Whatever happened, couriers that
// come after it find the end: the table of the cloud in force, its task closed by a receipt, and no receipt lost.
import { afterAll, describe, expect, test } from 'vitest';
import { SEED } from '#test/builders/seeded-property.ts';
import { playCase } from './matrix/matrix-case.ts';
import { MatrixTotal } from './matrix/matrix-total.ts';
import { rowsOf } from './matrix/rows.ts';

const isLong = process.env['DOORLAB_MATRIX'] === 'long';
const { rows, missing, rehearsals } = await rowsOf(SEED, isLong);
const total = new MatrixTotal('fault matrix');
afterAll(() => total.tell());

test('each message of the protocol has a row', () => {
  expect(missing).toEqual([]);
});

test('without a fault one courier does it all', () => {
  for (const rehearsal of rehearsals) expect(rehearsal).toMatchObject({ runs: 2, lost: 0 });
});

describe.each(rows.map((row) => ({ ...row, title: `${row.point}, ${row.scenario.name}` })))(
  '$title',
  ({ scenario, aims }) => {
    test.each(aims.map((aim) => ({ aim, name: aim.fault.name })))('$name', async ({ aim }) => {
      const report = await playCase({ scenario, seed: SEED, aim });
      total.add(report);
      expect(report, `DOORLAB_SEED=${SEED}`).toMatchObject({ hasStruck: true, lost: 0 });
    });
  },
);
