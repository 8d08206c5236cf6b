import { sql } from '../support/databases.js';
import { sharedApp } from '../support/shared-app.js';

/** What marking a token as revoked writes into its row. */
const WRITTEN = ['revoked_at', 'revoked_by', 'revocation_reason', 'revoked_with', 'updated_at'];

describe('the indexes of the tokens', () => {
  it('have no column that a revocation writes, so that it writes none of them', async () => {
    const { superuserUrl } = await sharedApp();
    const indexes = await sql<{ name: string; definition: string }>(
      superuserUrl,
      `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index WHERE indrelid = 'tokens'::regclass`,
    );
    expect(indexes.length).toBeGreaterThan(5);
    // Also in its condition: then PostgreSQL writes the entry of every index anew (no heap-only tuple).
    const touched = indexes.filter(({ definition }) =>
      WRITTEN.some((column) => new RegExp(`\\b${column}\\b`).test(definition)),
    );
    expect(touched.map(({ name }) => name)).toEqual([]);
  });
});
