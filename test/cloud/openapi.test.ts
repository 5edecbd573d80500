// The OpenAPI document is the table of routes, whole; and the check that every reply of the other tests goes through
// finds what is not documented.
import { expect, test } from 'vitest';
import { openApiDocument } from '#cloud/http/openapi.ts';
import type { Contract } from '#protocol/api/contract.ts';
import { PROBLEM_MEDIA_TYPE, problems } from '#protocol/api/problem.ts';
import { routes } from '#protocol/api/routes.ts';
import { aCloud } from './cloud-fixture.ts';
import { ajv, checkReply } from './openapi-check.ts';

const document = openApiDocument();

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name?: string; readonly in?: string }[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
}

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    operation: operation as unknown as Operation,
  })),
);

/** What is beside the routes: not under a contract, and still what a client meets. */
const BESIDE = ['healthz', 'live', 'metrics', 'readyz'];

test('every route of the contract is in the document with all that it takes and gives, and nothing else is', () => {
  const isBeside = ({ operation }: (typeof operations)[number]) => BESIDE.includes(operation.operationId);
  expect(operations.filter(isBeside)).toHaveLength(BESIDE.length);
  const ofRoutes = operations.filter((one) => !isBeside(one));
  const documented = ofRoutes.map(({ method, path, operation }) => ({
    name: operation.operationId,
    method,
    path,
    summary: operation.summary,
    isOpen: operation.security.length === 0,
    takesBody: operation.requestBody !== undefined,
    gives: Object.keys(operation.responses).find((status) => status.startsWith('2')),
  }));
  const real = Object.entries<Contract>(routes).map(([name, contract]) => ({
    name,
    method: contract.method,
    path: contract.path,
    summary: contract.summary,
    isOpen: contract.access === 'open',
    takesBody: contract.body !== undefined,
    gives: String(contract.status),
  }));
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  expect(documented.sort(byName)).toEqual(real.sort(byName));
  for (const { path, operation } of operations) {
    const params = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const named = (operation.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name);
    expect([path, named]).toEqual([path, params]);
  }
});

test('every reference leads somewhere, every component is referred to, and every schema can be compiled', () => {
  const text = JSON.stringify(document);
  const references = new Set(
    [...text.matchAll(/"\$ref":"#\/components\/([^"]+)"/g)].map(([, at = '']) => at),
  );
  const { securitySchemes: _, responses, ...referred } = document.components as Record<string, object>;
  const there = Object.entries({ ...referred, responses: responses ?? {} }).flatMap(([kind, named]) =>
    Object.keys(named).map((name) => `${kind}/${name}`),
  );
  expect([...references].filter((at) => !there.includes(at))).toEqual([]);
  const unused = there.filter((at) => !references.has(at) && !at.startsWith('responses/'));
  expect(unused).toEqual([]);
  for (const name of Object.keys(document.components.schemas)) {
    expect(
      () => ajv.compile({ $ref: `urn:doorlab:openapi#/components/schemas/${name}` }),
      name,
    ).not.toThrow();
  }
});

test('text that is trimmed before it is checked is documented as it is checked', () => {
  const { schemas } = document.components;
  expect(schemas['Line']).toMatchObject({ minLength: 1, maxLength: 80 });
  expect(schemas['Email']).toMatchObject({ format: 'email', maxLength: 254 });
  expect(schemas['Flag']).toMatchObject({ enum: ['true', 'false'] });
});

test('anybody gets the document and its page, both from this server alone', async () => {
  const { url } = await aCloud();
  const served = await fetch(`${url}/api/v1/openapi.json`);
  expect(await served.json()).toEqual(JSON.parse(JSON.stringify(document)));
  const page = await fetch(`${url}/api/docs`);
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  const html = await page.text();
  expect(html).not.toMatch(/https?:\/\/|<script>|style=|onload=/);
  const parts = [...html.matchAll(/(?:src|href)="(docs\/[^"]+)"/g)].map(([, part]) => part ?? '');
  expect(parts.length).toBeGreaterThan(3);
  for (const part of [...parts, 'v1/openapi.json']) {
    const response = await fetch(new URL(part, `${url}/api/docs`));
    expect([part, response.status]).toEqual([part, 200]);
    await response.arrayBuffer();
  }
  expect((await fetch(`${url}/api/docs/package.json`)).status).toBe(401);
});

const reply = (status: number, body: object, media = 'application/json'): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': media } });

const problem = (code: keyof typeof problems, extra: object = {}): Response => {
  const [status, title] = problems[code];
  return reply(status, { type: 'x', title, status, code, detail: 'd', ...extra }, PROBLEM_MEDIA_TYPE);
};

test('a reply with a status, a media type, a field or a code that is not documented is found', async () => {
  const revoke = (response: Response): Promise<void> => checkReply('signOut', response);
  await revoke(reply(200, {}));
  await revoke(problem('NOT_SIGNED_IN'));
  await expect(revoke(reply(202, {}))).rejects.toThrow('202');
  await expect(revoke(reply(200, {}, 'text/html'))).rejects.toThrow('text/html');
  await expect(revoke(reply(200, { secret: 1 }))).rejects.toThrow('must NOT have additional properties');
  await expect(revoke(problem('NOT_SIGNED_IN', { secret: 1 }))).rejects.toThrow('additional');
  await expect(revoke(reply(401, { code: 'NOT_FOUND' }, PROBLEM_MEDIA_TYPE))).rejects.toThrow('401');
  await expect(checkReply('session', reply(200, {}))).rejects.toThrow('accountId');
});
