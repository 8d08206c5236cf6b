/**
 * The floors of the house, from the ground up; a room knows only rooms on floors below its own. docs/architecture.md
 * says what each is for. Type-only imports count: what needs another's types knows it.
 */
const FLOORS = [
  ['^src/config/'],
  ['^src/common/'],
  ['^src/secrets/', '^src/database/'],
  ['^src/revocation/', '^src/audit/(?!api/)'],
  ['^src/changes/'],
  ['^src/businesses/'],
  ['^src/members/'],
  ['^src/identities/'],
  ['^src/verification/(?!api/)'],
  ['^src/auth/'],
  ['^src/tokens/', '^src/gateway/', '^src/verification/api/', '^src/audit/api/'],
  ['^src/dialects/', '^src/oauth/', '^src/administration/', '^src/health/', '^src/metrics/'],
  ['^src/(cli/|[^/]+\\.ts$)'],
];

const floorRules = FLOORS.flatMap((rooms, floor) => {
  const above = FLOORS.slice(floor + 1).flat();
  return rooms.map((room) => ({
    name: `floor ${floor}: ${room}`,
    comment: 'A room knows only rooms on floors below its own.',
    severity: 'error',
    from: { path: room },
    to: { path: [...above, ...rooms.filter((other) => other !== room)] },
  }));
});

/** The dialects are strangers to each other: what two of them share lies in the rooms below. */
const dialectRule = {
  name: 'no dialect knows another',
  severity: 'error',
  from: { path: '^src/dialects/([^/]+)/' },
  to: { path: '^src/dialects/[^/]+/', pathNot: '^src/dialects/$1/' },
};

export default {
  forbidden: [
    ...floorRules.filter(({ to }) => to.path.length > 0),
    dialectRule,
    {
      name: 'every folder has its floor',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/', pathNot: FLOORS.flat() },
    },
    { name: 'no circles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
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
