// What one row of a file does to the person it is about: decided here alone, for the preview and for the job.
import type { RowAction } from '#protocol/api/imports.ts';
import type { Schema } from '../db/schema.ts';
import { requireDates } from '../domain/access/grants.ts';
import type { GoodRow, ImportDefaults } from './file-rows.ts';
import type { KnownPerson } from './known-people.ts';

export interface RowDates {
  readonly startsAtS: number;
  readonly expiresAtS: number | null;
}

export interface RowPlan {
  readonly action: RowAction;
  readonly gives: readonly (RowDates & { readonly keyId: string })[];
  readonly changes: readonly (RowDates & { readonly grant: Schema['grants'] })[];
}

/** `known` undefined: nobody at the property has the address. Throws INPUT_INVALID for dates that have passed. */
export function planRow(
  known: KnownPerson | undefined,
  row: GoodRow,
  defaults: ImportDefaults,
  nowS: number,
): RowPlan {
  const { values, keyIds } = row;
  const gives: RowPlan['gives'][number][] = [];
  const changes: RowPlan['changes'][number][] = [];
  // Its Keys may come from the wizard, which a preview does not know yet.
  if (known === undefined && keyIds.length === 0) {
    const { startsAtS = defaults.startsAtS ?? nowS, expiresAtS = defaults.expiresAtS } = values;
    requireDates({ nowS }, { startsAtS, expiresAtS });
  }
  for (const keyId of keyIds) {
    const grant = known?.held.get(keyId);
    if (grant === undefined) {
      const stated = row.datesOf(keyId);
      const startsAtS = stated.startsAtS ?? defaults.startsAtS ?? nowS;
      const expiresAtS = stated.expiresAtS ?? defaults.expiresAtS;
      requireDates({ nowS }, { startsAtS, expiresAtS });
      gives.push({ keyId, startsAtS, expiresAtS });
      continue;
    }
    // What the row leaves open stays as it is.
    const { startsAtS = grant.starts_at_s, expiresAtS = grant.expires_at_s } = values;
    if (startsAtS === grant.starts_at_s && expiresAtS === grant.expires_at_s) continue;
    requireDates({ nowS }, { startsAtS, expiresAtS });
    changes.push({ grant, startsAtS, expiresAtS });
  }
  return { action: actionOf(known, gives.length, changes.length), gives, changes };
}

function actionOf(known: KnownPerson | undefined, gives: number, changes: number): RowAction {
  if (known === undefined) return 'invite';
  if (gives > 0) return known.hasLostAccess ? 'restore-access' : 'add-access';
  return changes > 0 ? 'change-dates' : 'nothing';
}
