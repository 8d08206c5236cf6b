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
 * Unit code runs as ES modules under swc. Whatever needs a database or the running application gets one PostgreSQL a
 * run and talks HTTP to the built app (test/support/global-setup.mjs). `gateways` also needs nginx and Caddy, `pooler`
 * PgBouncer; `guarantees` kills and freezes processes, which takes time, and `torture` takes minutes.
 */
export default {
  maxWorkers: 2,
  testTimeout: 60_000,
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
        '/test/unit/',
        '/test/integration/embedded/',
        '/test/gateways/',
        '/test/pooler/',
        '/test/guarantees/',
      ],
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
    },
    {
      ...common,
      displayName: 'guarantees',
      testMatch: ['<rootDir>/test/guarantees/**/*.spec.ts'],
      testPathIgnorePatterns: ['torture.spec.ts'],
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
  ],
};
