const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

/**
 * What starts servers of its own again and again, waits for limits to be reached, or asks as everybody for everything: too
 * long for a run in which one waits for the answer.
 */
const LONG = [
  'cli/incident',
  'cli/incident-platform',
  'cli/no-database',
  'cli/refusals',
  'integration/audit-retention/at-once',
  'integration/verifiers/feed',
  'integration/service-login/',
  'integration/usage/kept',
  'integration/verification/guesses',
  'e2e/api-documents/try-it-out',
  'e2e/audit-events/every-change',
  'e2e/audit-events/every-change-in-dialects',
  'e2e/audit-export/',
  'e2e/audit-proofs/published',
  'e2e/audit-retention/',
  'e2e/audit-search/bounded',
  'e2e/audit-sinks/',
  'e2e/audit-stream/',
  'e2e/authorization/',
  'e2e/bulk-revocations/platform',
  'e2e/client-verifier/',
  'e2e/connections/',
  'e2e/every-route/rejects-bad-addresses',
  'e2e/examples/',
  'e2e/first-platform-token',
  'e2e/gateway-authorize/guessing',
  'e2e/idempotency/repeated-calls',
  'e2e/lifecycle/',
  'e2e/metrics/',
  'e2e/outages/',
  'e2e/pepper-rotation',
  'e2e/revoke-token/at-once',
  'e2e/secrets/',
  'e2e/sessions/idle',
  'e2e/sign-in/',
  'e2e/throttling/',
  'e2e/usage/',
  'e2e/verifier-stream/',
  'e2e/witness/',
];

/** Guarantees that are bounds on time: on a machine that is busy with something else such a test is worth a second look. */
const BOUNDS = [
  'bounded',
  'event-loop',
  'event-loop/many-ends',
  'event-loop/many-members',
  'frozen-in-change',
  'revocation-progress',
  'starvation/floods',
  'verifier-stream/event-loop',
];

/**
 * Unit code runs as ES modules under swc. Whatever needs a database or the running application gets one PostgreSQL a
 * run and talks HTTP to the built app (test/support/global-setup.mjs): `app`, and `long` (see LONG). `gateways` also needs nginx and Caddy, `pooler`
 * PgBouncer, `sinks` rsyslog and git-secrets, `browser` Chromium; `guarantees` kills and freezes processes, which takes time, `bounds`
 * are those of BOUNDS, `torture` and `failover` (Patroni, etcd, HAProxy) take minutes, and `model` checks spec/lease.pml with Spin.
 */
export default {
  maxWorkers: Number(process.env.JEST_WORKERS ?? 2),
  // Longer than anything that a test waits for by itself says why it ended (test/support/wait-for.ts).
  testTimeout: 180_000,
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/unit/**/*.spec.ts', '<rootDir>/test/integration/embedded/**/*.spec.ts'],
    },
    {
      ...common,
      displayName: 'app',
      testMatch: ['<rootDir>/test/**/*.spec.ts'],
      testPathIgnorePatterns: [
        ...LONG.map((path) => `/test/${path}`),
        '/test/unit/',
        '/test/integration/embedded/',
        '/test/gateways/',
        '/test/pooler/',
        '/test/browser/',
        '/test/sinks/',
        '/test/upgrade/',
        '/test/failover/',
        '/test/guarantees/',
        '/test/model/',
      ],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
    {
      ...common,
      displayName: 'long',
      testMatch: LONG.map((path) => `<rootDir>/test/${path}${path.endsWith('/') ? '**/*' : ''}.spec.ts`),
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
    {
      ...common,
      displayName: 'guarantees',
      testMatch: ['<rootDir>/test/guarantees/**/*.spec.ts'],
      testPathIgnorePatterns: [
        '/test/guarantees/torture.spec.ts',
        ...BOUNDS.map((path) => `/test/guarantees/${path}.spec.ts`),
      ],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
    {
      ...common,
      displayName: 'bounds',
      testMatch: BOUNDS.map((path) => `<rootDir>/test/guarantees/${path}.spec.ts`),
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
    {
      ...common,
      displayName: 'torture',
      testMatch: ['<rootDir>/test/guarantees/torture.spec.ts'],
    },
    {
      ...common,
      displayName: 'failover',
      testMatch: ['<rootDir>/test/failover/**/*.spec.ts'],
    },
    {
      ...common,
      displayName: 'model',
      testMatch: ['<rootDir>/test/model/**/*.spec.ts'],
    },
    {
      ...common,
      displayName: 'gateways',
      testMatch: ['<rootDir>/test/gateways/**/*.spec.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
    {
      ...common,
      displayName: 'pooler',
      testMatch: ['<rootDir>/test/pooler/**/*.spec.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
    {
      ...common,
      displayName: 'upgrade',
      testMatch: ['<rootDir>/test/upgrade/**/*.spec.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
    {
      ...common,
      displayName: 'browser',
      testMatch: ['<rootDir>/test/browser/**/*.spec.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
    {
      ...common,
      displayName: 'sinks',
      testMatch: ['<rootDir>/test/sinks/**/*.spec.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
  ],
};
