// The proof in lines for people: counts by scenario, violations with the command that shows each again, the total.
import type { Proof, Violation } from './proof.ts';
import type { Scenario } from './scenario.ts';

const VIOLATIONS_SHOWN = 20;
const NAME_COLUMNS = 40;

export const listOf = (scenarios: readonly Scenario[]): string[] =>
  scenarios.flatMap(({ name, machine, happens, holds }) => [
    name,
    `  machine: ${machine}`,
    `  happens: ${happens}`,
    ...(holds === undefined ? [] : [`  holds:   ${holds}`]),
  ]);

export function lineOf(proof: Proof): string {
  const { name, operations, cases, repeated, distinct, converged, violations, judgingMs } = proof;
  return [
    name.padEnd(NAME_COLUMNS),
    `${operations} operations, ${cases} cases (${repeated} more were images booted before),`,
    `${distinct} distinct images, ${converged} converged, ${violations.length} violations,`,
    `${perSecond(cases, judgingMs)} cases a CPU second`,
  ].join(' ');
}

export function violationLines(proofs: readonly Proof[]): string[] {
  const all = proofs.flatMap(({ violations }) => violations);
  const lines = all
    .slice(0, VIOLATIONS_SHOWN)
    .flatMap((one) => [`violation: ${one.what}`, `  ${replay(one)}`]);
  const more = all.length - VIOLATIONS_SHOWN;
  return more > 0 ? [...lines, `and ${more} violations more`] : lines;
}

/** The command that goes through this case alone. */
export function replay({ scenario, operation, tear, repair }: Violation): string {
  const one = `npm run powercut -- --scenario ${scenario} --operation ${operation}`;
  const cut = `${one} --tear '${JSON.stringify(tear)}'`;
  return repair === undefined ? cut : `${cut} --depth 2 --repair '${JSON.stringify(repair)}'`;
}

export function totalOf(
  proofs: readonly Proof[],
  tookMs: number,
): { readonly violations: number; readonly line: string } {
  const sum = (pick: (proof: Proof) => number): number =>
    proofs.reduce((total, proof) => total + pick(proof), 0);
  const violations = sum((proof) => proof.violations.length);
  const cases = sum((proof) => proof.cases);
  const line = [
    `powercut: ${proofs.length} scenarios, ${sum((proof) => proof.operations)} operations, ${cases} cases`,
    `(${sum((proof) => proof.repeated)} more tears left an image that was booted before),`,
    `${sum((proof) => proof.distinct)} distinct images, ${sum((proof) => proof.converged)} converged,`,
    `${violations} violations; ${perSecond(
      cases,
      sum((proof) => proof.judgingMs),
    )} cases a second a core,`,
    `${(tookMs / 1000).toFixed(0)} s`,
  ].join(' ');
  return { violations, line };
}

const perSecond = (cases: number, ms: number): number => Math.round(cases / Math.max(ms / 1000, 1e-9));
