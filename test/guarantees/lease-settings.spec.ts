import { startRescind } from '../support/rescind-process.js';
import { freshDatabase } from '../support/databases.js';

describe('a lease term that cannot be meant', () => {
  it.each(['0', '-1000', '99', '60001', '999999999999999999', '1e3', 'soon', '1.5'])(
    'is refused at start, in one sentence that names the variable: %s',
    async (value) => {
      const database = await freshDatabase();
      const failure = await startRescind({
        databaseUrl: database.url,
        env: { RESCIND_LEASE_MS: value },
      }).then(
        () => 'started',
        (error: Error) => error.message,
      );
      const lines = failure.split('\n').filter((line) => line.trim() !== '');
      expect(lines.at(-1)).toMatch(/^rescind: RESCIND_LEASE_MS must be .*100.*60000\.$/);
      expect(failure).not.toContain('    at ');
      await database.drop();
    },
    180_000,
  );
});
