// Comparing what was applied with what is wanted: a receipt for a later set proves the earlier ones as well.
import { compareTriples, type Triple } from '#protocol/triple.ts';

export const isAtLeast = (applied: Triple, wanted: Triple): boolean => compareTriples(applied, wanted) >= 0;
