// The generated types of the API are those of the contract as it is now.
import { expect, test } from 'vitest';
import { generatedTypes, GENERATED_FILE } from '../../scripts/openapi-types.ts';
import { filesIn, textOf } from './files.ts';

test('the types that clients are written against are those of the contract', async () => {
  const isCurrent = textOf(GENERATED_FILE) === (await generatedTypes());
  expect(isCurrent, `${GENERATED_FILE} is behind the contract: run npm run openapi`).toBe(true);
});

test('schemas of every file of the contract go by their names', () => {
  const named = textOf('cloud/http/openapi/named-schemas.ts');
  const files = filesIn('protocol/api', /\.ts$/).filter((file) =>
    /\bexport const [A-Z]\w+ = (z|Page)\b/.test(textOf(file)),
  );
  expect(files.length).toBeGreaterThan(5);
  const missing = files.filter((file) => !named.includes(`'#${file}'`));
  expect(missing, 'to be listed in cloud/http/openapi/named-schemas.ts').toEqual([]);
});
