// What openapi-typescript makes of the OpenAPI document, as it stands in the repository. Bytes are Uint8Array, and every
// refusal is one type: which codes a route may answer is for people to read.
import openapiTypes, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import ts from 'typescript';
import { openApiDocument, type OpenApiDocument } from '#cloud/http/openapi.ts';
import { PROBLEM_MEDIA_TYPE } from '#protocol/api/problem.ts';

export const GENERATED_FILE = 'protocol/api/generated/openapi.ts';

const HEADER =
  '// Types of the API, generated from its OpenAPI document by `npm run openapi`. Not to be edited.\n\n';

/** Throws where the document is no valid OpenAPI. */
export async function generatedTypes(): Promise<string> {
  const ast = await openapiTypes(shortened(openApiDocument()) as OpenAPI3, {
    immutable: true,
    alphabetize: true,
    defaultNonNullable: false,
    transform: (schema) =>
      schema.format === 'binary' ? ts.factory.createTypeReferenceNode('Uint8Array') : undefined,
  });
  const config = await resolveConfig(GENERATED_FILE);
  return await format(HEADER + astToString(ast), { ...config, parser: 'typescript' });
}

const REFUSED = {
  description: 'Refused.',
  content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
};

interface Responses {
  readonly responses: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function shortened(document: OpenApiDocument): unknown {
  const { headers: _headers, responses: _responses, ...components } = document.components;
  return {
    ...document,
    components: { ...components, responses: { Refused: REFUSED } },
    paths: mapValues(document.paths, (methods) =>
      mapValues(methods, (operation) => {
        const { responses } = operation as unknown as Responses;
        const kept = Object.entries(responses).filter(([status]) => Number(status) < 400);
        const withoutHeaders = mapValues(Object.fromEntries(kept), (response) => ({
          ...response,
          headers: undefined,
        }));
        return {
          ...operation,
          responses: {
            ...withoutHeaders,
            default: { $ref: '#/components/responses/Refused' },
          },
        };
      }),
    ),
  };
}

const mapValues = <T, R>(record: Readonly<Record<string, T>>, map: (value: T) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
