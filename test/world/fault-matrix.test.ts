// The fault matrix: each fault at each message of the protocol, and at each step of a courier. Whatever happened, couriers that
// come after it find the end: the table of the cloud in force, its task closed by a receipt, and no receipt lost.
import { afterAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { SEED } from '#test/builders/seeded-property.ts';
import type { Aim } from './matrix/interception.ts';
import { playCase } from './matrix/matrix-case.ts';
import { MatrixTotal } from './matrix/matrix-total.ts';
import { UNLOCKING } from './matrix/matrix-phone.ts';
import { rowsOf } from './matrix/rows.ts';

const isLong = process.env['DOORLAB_MATRIX'] === 'long';
const { rows, missing, rehearsals } = await rowsOf(SEED, isLong);
/** Whoever had done all before it went was not in its way; otherwise the door was not met, or the cloud hears of it later. */
const OUT_OF_RANGE: readonly unknown[] = [EXIT.done, EXIT.unreachable, EXIT.partly];
const total = new MatrixTotal('fault matrix');
afterAll(() => total.tell());

test('each message of the protocol has a row', () => {
  expect(missing).toEqual([]);
});

test('without a fault one courier does it all', () => {
  for (const rehearsal of rehearsals) expect(rehearsal).toMatchObject({ runs: 2, lost: 0 });
});

describe.each(rows.map((row) => [`${row.point}, ${row.scenario.name}`, row] as const))(
  '%s',
  (_, { scenario, aims }) => {
    test.each(aims.map((aim) => [nameOf(aim), aim] as const))('%s', async (_name, aim) => {
      const report = await playCase({ scenario, seed: SEED, aim });
      total.add(report);
      const { fault } = aim;
      // Of several such messages some have but one fragment.
      const mayMiss = isLong && fault.does === 'strike' && fault.when === 'within';
      const hasStruck = mayMiss ? report.hasStruck : true;
      expect(report, `DOORLAB_SEED=${SEED}`).toMatchObject({ hasStruck, lost: 0 });
      // A new connection is all that it takes, but behind a command that may have been carried out.
      const isTwice = fault.does === 'change' && fault.into === 'twice';
      if (isTwice && !UNLOCKING.includes(scenario)) expect(report.exit).toBe(EXIT.done);
      if (fault.does === 'strike' && fault.struck === 'range') expect(OUT_OF_RANGE).toContain(report.exit);
    });
  },
);

function nameOf({ fault, nth }: Aim): string {
  return nth === 1 ? fault.name : `${fault.name}, at number ${nth}`;
}
