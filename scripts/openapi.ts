// The types of the API for its clients, from the OpenAPI document. `npm run openapi` writes them; a house test says when
// they are behind the contract.
import { writeFileSync } from 'node:fs';
import { generatedTypes, GENERATED_FILE } from './openapi-types.ts';

writeFileSync(new URL(`../${GENERATED_FILE}`, import.meta.url), await generatedTypes());
