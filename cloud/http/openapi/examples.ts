// An example of each small value, so that those of whole bodies read like something.

type Schemas = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const EXAMPLES: Readonly<Record<string, unknown>> = {
  Id: 'door_abcdefghijklmnopqrstuvwxyz',
  Line: 'Ada',
  Email: 'ada@example.com',
  Phone: '+1 555 0100',
  TimeS: 1_893_456_000,
  Zone: 'America/New_York',
  DoorcodeLength: 7,
};

const HEX = '^(?:[0-9a-f]{2})*$';
const HEX_DIGITS = 8;

/** Those that have a name, by it; bytes wherever they stand. */
export const withExamples = (schemas: Schemas): Schemas =>
  Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      name in EXAMPLES ? { ...schema, examples: [EXAMPLES[name]] } : schema,
    ]),
  );

export function addBytesExample(json: {
  pattern?: unknown;
  minLength?: unknown;
  maxLength?: unknown;
  examples?: unknown;
}): void {
  if (json.pattern !== HEX) return;
  const digits = Math.max(HEX_DIGITS, Number(json.minLength ?? 0));
  json.examples = ['0'.repeat(Math.min(digits, Number(json.maxLength ?? digits)))];
}
