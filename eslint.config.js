// Lint: typescript-eslint's strict, type-aware rules, and the house's own: no ambient time or chance outside
// the mains and the ports' real implementations.
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Where the system's clock and chance may be touched: they are handed in from here. */
const MAINS = ['cli/**', 'scripts/**', 'protocol/node/**', '*.config.*'];
/** Host stacks of noble and bleno answer through the event loop: their plumbing may yield to it. */
const RADIO_PLUMBING = ['radio/hci/**', 'radio/noble/**', 'radio/bleno/**', 'radio/air/**'];
const TESTS = ['test/**'];

const WHY = 'Time and chance come in through Clock and Random (protocol/ports).';

const TIMERS = ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'];
const YIELDS = ['setImmediate', 'clearImmediate'];
const OTHER_GLOBALS = ['performance', 'crypto'];
const restrictGlobals = (names) => names.map((name) => ({ name, message: WHY }));

const restrictProperties = [
  { object: 'Date', property: 'now', message: WHY },
  { object: 'Math', property: 'random', message: WHY },
  { object: 'process', property: 'hrtime', message: WHY },
  { object: 'process', property: 'uptime', message: WHY },
  ...[...TIMERS, ...YIELDS, ...OTHER_GLOBALS].map((property) => ({
    object: 'globalThis',
    property,
    message: WHY,
  })),
];

// `new Date(ms)` and Date.UTC are arithmetic; without an argument a Date is now.
const AMBIENT_DATE = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: WHY },
  { selector: "CallExpression[callee.name='Date']", message: WHY },
  // AbortSignal.timeout is a timer by another name.
  {
    selector: "MemberExpression[object.name='AbortSignal'][property.name='timeout']",
    message: WHY,
  },
];

const HOUSE_SYNTAX = [
  { selector: 'ExportDefaultDeclaration', message: 'Exports are named, so that one thing has one name.' },
  { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that holds the thing.' },
];

const RANDOM_NAMES = [
  'randomBytes',
  'randomFillSync',
  'randomFill',
  'randomInt',
  'randomUUID',
  'getRandomValues',
  'webcrypto',
];
const restrictImports = {
  paths: [
    ...['node:crypto', 'crypto'].map((name) => ({ name, importNames: RANDOM_NAMES, message: WHY })),
    ...['node:timers', 'timers', 'node:timers/promises', 'timers/promises'].map((name) => ({
      name,
      message: WHY,
    })),
    ...['node:perf_hooks', 'perf_hooks'].map((name) => ({ name, message: WHY })),
  ],
};

export default defineConfig(
  globalIgnores(['node_modules/', 'dist/', 'coverage/', 'data/', '**/.cache/', 'web/dist/', '**/generated/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      eqeqeq: 'error',
      'no-console': 'error',

      // A number or a boolean in a template reads well and prints as meant; objects stay forbidden.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // `() => emitter.off(..)` as a short arrow returns nothing that anybody reads.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // `for (;;)` aside, `while (true)` with a return inside is plain.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // An unused leading argument of a callback is named with an underscore; so is the rest of a pick.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // A port's empty implementation (silentLog) is whole as it is.
      '@typescript-eslint/no-empty-function': 'off',
      // Async methods without await implement a port whose other implementation waits.
      '@typescript-eslint/require-await': 'off',
      // `void` in a union is how a handler says that it may return nothing.
      '@typescript-eslint/no-invalid-void-type': ['error', { allowInGenericTypeArguments: true }],
    },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    ignores: [...MAINS, ...RADIO_PLUMBING, ...TESTS],
    rules: {
      'no-restricted-globals': ['error', ...restrictGlobals([...TIMERS, ...YIELDS, ...OTHER_GLOBALS])],
      'no-restricted-properties': ['error', ...restrictProperties],
      'no-restricted-imports': ['error', restrictImports],
      'no-restricted-syntax': ['error', ...AMBIENT_DATE, ...HOUSE_SYNTAX],
    },
  },
  {
    files: RADIO_PLUMBING,
    rules: {
      'no-restricted-globals': ['error', ...restrictGlobals([...TIMERS, ...OTHER_GLOBALS])],
      'no-restricted-properties': [
        'error',
        ...restrictProperties.filter(({ property }) => !YIELDS.includes(property)),
      ],
      'no-restricted-imports': ['error', restrictImports],
      'no-restricted-syntax': ['error', ...AMBIENT_DATE, ...HOUSE_SYNTAX],
    },
  },
  { files: MAINS, ignores: ['*.config.*'], rules: { 'no-restricted-syntax': ['error', ...HOUSE_SYNTAX] } },
  {
    files: TESTS,
    rules: {
      // A test may read the clock to measure and yield to the event loop, but never sleep.
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval'].map((name) => ({
          name,
          message: 'No sleeps: advance a VirtualClock, or wait for the event itself.',
        })),
      ],
      'no-restricted-syntax': ['error', ...HOUSE_SYNTAX],
      // `expect(...)` narrows nothing, so a test asserts what it has just checked.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Mocks and matchers pass methods about.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  // Kysely hands its callbacks a builder whose functions are made to be taken apart: ({ eb, and, or }) => ..
  { files: ['cloud/**'], rules: { '@typescript-eslint/unbound-method': 'off' } },
  {
    // Scripts and the bin print for people and run before anything is installed: plain JavaScript.
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    rules: { eqeqeq: 'error', 'no-unused-vars': ['error', { argsIgnorePattern: '^_' }] },
  },
  { files: ['scripts/**'], rules: { 'no-console': 'off' } },
);
