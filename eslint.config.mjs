import tseslint from 'typescript-eslint';

/** What TypeORM's EntityManager reads and writes rows with. */
const ORM_CALL =
  '[callee.property.name=/^(find|exist|count|insert|update|upsert|save|delete|remove|softDelete|increment|decrement|clear)/]';

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      'packages/console/src/api/generated/**',
      '.tmp/**',
      'data/**',
      'coverage/**',
      '**/node_modules/**',
    ],
  },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    // What runs in a browser has the types of one.
    files: ['pages/**/*.ts'],
    languageOptions: { parserOptions: { project: './pages/audit-verify/tsconfig.json' } },
  },
  {
    files: ['packages/console/src/**'],
    languageOptions: { parserOptions: { project: './packages/console/tsconfig.json' } },
  },
  {
    files: ['test/unit/console/**'],
    languageOptions: { parserOptions: { project: './packages/console/tsconfig.test.json' } },
  },
  {
    // Where SQL is said: repositories, statements of their own files, and the folders that are about the database itself.
    files: ['src/**/*.ts'],
    ignores: [
      'src/**/*.repository.ts',
      'src/**/*.sql.ts',
      'src/audit/trail/**',
      'src/cli/schema.ts',
      'src/database/**',
      'src/secret-register/**',
      'src/verifiers/**',
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...[
          "[callee.property.name='query']",
          '[callee.name=/^queryPrepared/]',
          // TypeORM, which only repositories use as well.
          '[callee.property.name=/^(createQueryBuilder|getRepository)$/]',
          `[callee.object.name=/^(manager|dataSource)$/]${ORM_CALL}`,
          `[callee.object.property.name=/^(manager|dataSource)$/]${ORM_CALL}`,
          "[callee.name='InjectRepository']",
        ].map((call) => ({
          selector: `CallExpression${call}`,
          message: 'Repositories speak SQL: *.repository.ts, *.sql.ts, and the folders named here.',
        })),
      ],
    },
  },
  {
    // Answers are JSON of any form; what is asserted of them is what is known of them.
    files: ['test/**/*.ts'],
    rules: Object.fromEntries(
      ['argument', 'assignment', 'call', 'member-access', 'return'].map((use) => [
        `@typescript-eslint/no-unsafe-${use}`,
        'off',
      ]),
    ),
  },
);
