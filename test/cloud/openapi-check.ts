// Every reply against the OpenAPI document: the status is one that the route names, the media type and the body are
// those of that status, and nothing is in it that the document does not name.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { openApiDocument } from '#cloud/http/openapi.ts';
import type { Contract } from '#protocol/api/contract.ts';
import { routes, type RouteName } from '#protocol/api/routes.ts';

const document = openApiDocument({ closedReplies: true });
const DOCUMENT = 'urn:doorlab:openapi';

/** What TypeScript makes of a CommonJS default export. */
const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default;

export const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: DOCUMENT, ...document }, DOCUMENT);
ajv.addSchema({ $id: `${DOCUMENT}:open`, ...openApiDocument() });

interface ResponseObject {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, unknown>>;
}

/** Throws where the reply is not one of the document. Reads a copy of the body. */
export async function checkReply(name: RouteName, response: Response): Promise<void> {
  const { method, path }: Contract = routes[name];
  const status = String(response.status);
  const operation = document.paths[path]?.[method.toLowerCase()] as {
    responses: Readonly<Record<string, ResponseObject>>;
  };
  const at = pointer('paths', path, method.toLowerCase(), 'responses', status);
  const described = operation.responses[status];
  if (described === undefined) {
    throw new Error(
      `${name} answered ${status}, which the OpenAPI document does not name: ${await textOf(response)}`,
    );
  }
  const [place, { content = {} }] = resolve(at, described);
  const media = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
  if (Object.keys(content).length === 0) return;
  if (!(media in content)) throw new Error(`${name} answered ${status} as ${media}, not as documented`);
  if (!/[/+]json$/.test(media)) return;
  const validate = validatorAt(`${place}${pointer('content', media, 'schema')}`);
  const text = await textOf(response);
  if (validate(JSON.parse(text))) return;
  throw new Error(
    `${name} answered ${status} otherwise than documented: ${ajv.errorsText(validate.errors)} in ${text}`,
  );
}

const textOf = (response: Response): Promise<string> => response.clone().text();

function resolve(at: string, response: ResponseObject): [string, ResponseObject] {
  if (response.$ref === undefined) return [at, response];
  const words = response.$ref.slice('#/'.length).split('/');
  let found: unknown = document;
  for (const word of words) found = (found as Record<string, unknown>)[word];
  return [pointer(...words), found as ResponseObject];
}

/** RFC 6901, 6: a JSON pointer as the fragment of a URI. */
const pointer = (...words: readonly string[]): string =>
  words.map((word) => `/${encodeURIComponent(word.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

const validators = new Map<string, ValidateFunction>();

/** For the schema at that place in the document. */
export function validatorAt(place: string): ValidateFunction {
  const found = validators.get(place) ?? ajv.compile({ $ref: `${DOCUMENT}#${place}` });
  validators.set(place, found);
  return found;
}
