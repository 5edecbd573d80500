// docs/door-os.md against the contract: every route is in its table with all its scopes, and nothing else is.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { API_BASE, type Contract } from '#protocol/api/contract.ts';
import { problems } from '#protocol/api/problem.ts';
import { routes } from '#protocol/api/routes.ts';

const page = readFileSync(new URL('../../docs/door-os.md', import.meta.url), 'utf8');

/** Settings that are named like codes. */
const ENVIRONMENT = new Set(['DATABASE_URL', 'SMTP_URL']);

test('the table of routes is the table of the contract', () => {
  const documented = [...page.matchAll(/^\| `([A-Z]+ \/\S*)`\s*\| (\w+(?:, \w+)*)\s*\|/gm)].map(
    ([, route, scope]) => `${route ?? ''} ${scope ?? ''}`,
  );
  const real = Object.values<Contract>(routes).map(({ method, path, access }) => {
    const scope = typeof access === 'string' ? access : access.join(', ');
    return `${method} ${path.slice(API_BASE.length)} ${scope}`;
  });
  expect(documented.sort()).toEqual(real.sort());
});

test('every error code that the page names exists', () => {
  const named = [...page.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code]) => code ?? '');
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((code) => !(code in problems) && !ENVIRONMENT.has(code))).toEqual([]);
});
