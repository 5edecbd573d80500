// The floors: imports run downward only, type-only imports included, and what a browser runs stays free of
// Node. The picture is in docs/architecture.md.

/** For each floor the floors it may stand on. `scripts` and `test` stand on all of them. */
const STANDS_ON = {
  protocol: [],
  radio: ['protocol'],
  'lock-sim': ['protocol', 'radio'],
  gateway: ['protocol', 'radio'],
  cloud: ['protocol'],
  lab: ['protocol', 'radio', 'lock-sim', 'gateway', 'cloud'],
  web: ['protocol', 'radio', 'gateway'],
  cli: ['protocol', 'radio', 'lock-sim', 'gateway', 'cloud', 'lab', 'web'],
};
const FLOORS = Object.keys(STANDS_ON);
const OUTSIDE = ['test', 'scripts'];

/** No ports: they are on the outside by their nature, and so are the few files that use them. */
const PROCESS_LOCK = '^protocol/node/process-lock\\.ts$';
const PROCESS_LOCK_USERS =
  '^(protocol/node/|cli/|lab/|radio/adapter/|lock-sim/flash/flash-file\\.ts|gateway/journal\\.ts)';
const DURABLE_FILE = '^protocol/node/durable-file\\.ts$';
const DURABLE_FILE_USERS =
  '^(protocol/node/|cli/|lab/|lock-sim/flash/flash-(file|shelf)\\.ts|lock-sim/lock-folder\\.ts|lock-sim/secure-element/secure-file\\.ts|lock-sim/clock/clock-file\\.ts|gateway/(journal|phone/phone-files)\\.ts|cloud/(keys|mail|backup)/)';
const OWNER_SOCKET = '^protocol/node/owner-socket\\.ts$';
const OWNER_SOCKET_USERS =
  '^(protocol/node/|cli/|lab/|radio/h4/h4-server\\.ts|gateway/agent/watch-server\\.ts)';

const folders = (names) => `^(${names.join('|')})/`;

const floorRules = FLOORS.map((floor) => ({
  name: `${floor}-stands-on-lower-floors`,
  comment: `${floor} may import ${STANDS_ON[floor].join(', ') || 'no other floor'}.`,
  severity: 'error',
  from: { path: folders([floor]) },
  to: { path: folders([...FLOORS.filter((f) => f !== floor && !STANDS_ON[floor].includes(f)), ...OUTSIDE]) },
}));

module.exports = {
  forbidden: [
    ...floorRules,
    {
      name: 'node-ports-only-from-mains',
      comment:
        'protocol/node/ holds the system clock, chance and the Node crypto engine: mains hand them in.',
      severity: 'error',
      from: { path: folders(FLOORS), pathNot: '^(protocol/node|cli|lab)/' },
      to: { path: '^protocol/node/', pathNot: [PROCESS_LOCK, DURABLE_FILE, OWNER_SOCKET] },
    },
    {
      name: 'process-lock-from-node-shells',
      comment: 'Shells that own something outside lock it themselves; no decision does (docs/adr).',
      severity: 'error',
      from: { path: folders(FLOORS), pathNot: PROCESS_LOCK_USERS },
      to: { path: PROCESS_LOCK },
    },
    {
      name: 'durable-file-from-node-shells',
      comment: 'Shells that keep something in files write it themselves; no decision does (docs/adr).',
      severity: 'error',
      from: { path: folders(FLOORS), pathNot: DURABLE_FILE_USERS },
      to: { path: DURABLE_FILE },
    },
    {
      name: 'owner-socket-from-node-shells',
      comment: 'Shells that serve on a Unix socket open it themselves; no decision does (docs/adr).',
      severity: 'error',
      from: { path: folders(FLOORS), pathNot: OWNER_SOCKET_USERS },
      to: { path: OWNER_SOCKET },
    },
    {
      name: 'portable-without-node',
      comment: 'These also run in a browser.',
      severity: 'error',
      from: {
        path: '^(protocol|radio/(ports|web-bluetooth)|gateway/courier|web)/',
        pathNot: '^protocol/node/',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'portable-imports-portable',
      comment: 'What runs in a browser imports only what also does.',
      severity: 'error',
      from: { path: '^(radio/(ports|web-bluetooth)|gateway/courier|web)/' },
      to: {
        path: folders(['radio', 'gateway']),
        pathNot: '^(radio/(ports|web-bluetooth)|gateway/courier)/',
      },
    },
    {
      name: 'model-stands-alone',
      comment:
        'The model of the lock is written from the documents: it knows nothing of the code that it judges.',
      severity: 'error',
      from: { path: '^test/model/plain/' },
      to: { pathNot: '^test/model/plain/' },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that import each other are one idea in two places.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'dependencies-declared',
      comment: 'A package that the program runs on is in dependencies.',
      severity: 'error',
      from: { path: folders(FLOORS), pathNot: '^web/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules|dist|coverage|data)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json'],
    },
  },
};
