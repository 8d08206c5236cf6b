/* * The layers, from the bottom up; a folder imports only from lower layers. docs/architecture.md says what each folder is
 * for. Type-only imports count too.
 */
const LAYERS = [
  ['^src/token-schema/'],
  ['^src/config/', '^src/lease/', '^src/log-format/'],
  ['^src/secrets/'],
  ['^src/common/'],
  ['^src/admission/'],
  ['^src/database/'],
  ['^src/verifiers/', '^src/audit/', '^src/secret-register/'],
  ['^src/changes/'],
  ['^src/directory/'],
  ['^src/verification/'],
  ['^src/auth/'],
  ['^src/token-rows/', '^src/idempotency/'],
  ['^src/integrity/'],
  ['^src/revocations/'],
  ['^src/tokens/', '^src/verification-api/', '^src/audit-api/'],
  ['^src/insight/'],
  ['^src/administration/', '^src/sessions/', '^src/verifier-stream/', '^src/leaks/', '^src/hygiene/'],
  ['^src/dialects/', '^src/console/', '^src/health/', '^src/lifecycle/', '^src/metrics/', '^src/sign-in/'],
  ['^src/app/'],
  ['^src/cli/'],
  ['^src/main\\.ts$'],
];

const layerRules = LAYERS.flatMap((folders, layer) => {
  const above = LAYERS.slice(layer + 1).flat();
  return folders.map((folder) => ({
    name: `layer ${layer + 1}: ${folder}`,
    comment: 'A folder imports only from lower layers.',
    severity: 'error',
    from: { path: folder },
    to: { path: [...above, ...folders.filter((other) => other !== folder)] },
  }));
});

/** The same inside the log: what is recorded is sealed, a seal is proven, and what is read is proven. */
const LOG_LAYERS = [
  ['trail'],
  ['sealing'],
  ['proofs'],
  ['reading'],
  ['export', 'sinks', 'witnesses'],
  ['retention'],
  ['[^/]+\\.ts$'],
];

const logRules = LOG_LAYERS.slice(0, -1).map((folders, layer) => ({
  name: `layer ${layer + 1} of the log: ${folders.join(', ')}`,
  severity: 'error',
  from: { path: `^src/audit/(${folders.join('|')})/` },
  to: {
    path: `^src/audit/(${[...LOG_LAYERS.slice(layer + 1).flat(), ...folders].join('|')})`,
    pathNot: '^src/audit/$1/',
  },
}));

/** What two dialects share belongs to a lower layer. */
const dialectRule = {
  name: 'no dialect imports another',
  severity: 'error',
  from: { path: '^src/dialects/([^/]+)/' },
  to: { path: '^src/dialects/[^/]+/', pathNot: '^src/dialects/$1/' },
};

export default {
  forbidden: [
    ...layerRules.filter(({ to }) => to.path.length > 0),
    ...logRules,
    dialectRule,
    {
      name: 'one revocation knows nothing of many',
      comment: 'Previews, plans and second persons are made of what ends one token, one owner or one group.',
      severity: 'error',
      from: { path: '^src/revocations/', pathNot: '^src/revocations/bulk/' },
      to: { path: '^src/revocations/bulk/' },
    },
    {
      name: 'changes write to the log',
      comment:
        'Everything above src/changes/ records what it did with Change.record; a revocation locks more logs for what comes from its token.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(audit|changes|revocations/derived)/' },
      to: { path: '^src/audit/trail/(audit-trail|begin-change)\\.ts$' },
    },
    {
      name: 'the tree of the log is a library',
      comment: 'It implements RFC 6962 and C2SP, and knows nothing of our events.',
      severity: 'error',
      from: { path: '^src/log-format/transparency/' },
      to: { path: '^src/', pathNot: '^src/log-format/transparency/' },
    },
    {
      name: 'the format of the log runs on any platform',
      comment:
        'It is built into pages, too: src/log-format/transparency/platform.ts is all that it asks of Node.js. Only servers sign.',
      severity: 'error',
      from: {
        path: '^src/log-format/',
        pathNot: '^src/log-format/transparency/(platform|signing)\\.ts$',
      },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'the format of the log is pure',
      comment: 'Neither Nest nor a database: two packages, and nothing else of src/ (see the layers).',
      severity: 'error',
      from: { path: '^src/log-format/' },
      to: { dependencyTypesNot: ['local', 'core'], pathNot: 'node_modules/(canonicalize|jose)/' },
    },
    {
      name: 'the lease is pure',
      comment:
        'Clocks, registry, feed and children are ports: all of it runs in the simulator (test/unit/simulator/). Neither Node.js nor a package.',
      severity: 'error',
      from: { path: '^src/lease/' },
      to: { dependencyTypesNot: ['local'] },
    },
    {
      name: 'pages share with the server what verifies a log, and nothing else',
      severity: 'error',
      from: { path: '^pages/' },
      to: {
        path: '^(src|test|bench|packages)/',
        pathNot: '^src/log-format/',
      },
    },
    {
      name: 'every folder has its layer',
      comment: 'And src/ itself has no file but main.ts.',
      severity: 'error',
      from: { path: '^src/', pathNot: LAYERS.flat() },
      to: {},
    },
    {
      name: 'every file is used',
      severity: 'error',
      from: { path: '^src/main\\.ts$' },
      to: { path: '^src/', reachable: false },
    },
    {
      name: 'no circles',
      severity: 'error',
      from: { path: '^(src|packages|pages)/', pathNot: '/generated/' },
      to: { circular: true },
    },
    {
      name: 'no orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/main\\.ts$' },
      to: {},
    },
    {
      name: 'sources stand alone',
      comment: 'Neither tests nor benchmarks nor packages for development.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'packages and the server share no code',
      comment: 'They share a protocol only.',
      severity: 'error',
      from: { path: '^packages/(?!console/|witness/)' },
      to: { path: '^(src|test|bench)/' },
    },
    {
      name: 'the witness shares with the server the format of the log, and how to write files and listen',
      severity: 'error',
      from: { path: '^packages/witness/' },
      to: {
        path: '^(src|test|bench|packages/(?!witness/))',
        pathNot: [
          '^src/log-format/transparency/',
          '^src/config/(private-file|make-directory|listen-address)\\.ts$',
          '^src/cli/(cannot-listen|stop-signal)\\.ts$',
        ],
      },
    },
    {
      name: 'the server needs no package',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^packages/' },
    },
    {
      name: 'the console shares with the server what verifies a log, and nothing else',
      comment: 'Everything else it asks of the API, as any client does.',
      severity: 'error',
      from: { path: '^packages/console/' },
      to: {
        path: '^(src|test|bench|packages/verifier)/',
        pathNot: '^src/log-format/',
      },
    },
    {
      name: 'components of the console know no screen',
      severity: 'error',
      from: { path: '^packages/console/src/(ui|api)/' },
      to: { path: '^packages/console/src/(screens|shell|router)' },
    },
    {
      name: 'the verifier knows no framework',
      comment: 'Each framework has an entry point of its own, which nothing else imports.',
      severity: 'error',
      from: { path: '^packages/verifier/src/', pathNot: '/(express|fastify|hono|nest)\\.ts$' },
      to: {
        path: [
          '^packages/verifier/src/(express|fastify|hono|nest)\\.ts$',
          'node_modules/(@nestjs|express|fastify|hono)/',
        ],
      },
    },
    {
      name: 'the verifier needs ws and nothing else',
      severity: 'error',
      from: { path: '^packages/verifier/src/' },
      to: {
        dependencyTypesNot: ['local', 'core', 'type-only'],
        pathNot: 'node_modules/(@types/)?(ws|@nestjs/common|fastify|hono)/',
      },
    },
    {
      name: 'the conformance program needs Node.js and nothing else',
      severity: 'error',
      from: { path: '^packages/conformance/' },
      to: { dependencyTypesNot: ['local', 'core', 'type-only'] },
    },
    {
      name: 'the conformance program shares no code with a verifier',
      comment: 'It judges any of them.',
      severity: 'error',
      from: { path: '^packages/conformance/' },
      to: { path: '^packages/(?!conformance/)' },
    },
    {
      name: 'declared packages only',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
