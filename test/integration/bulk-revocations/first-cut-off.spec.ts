import pg from 'pg';
import { aBusiness, aMember, aToken } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const CUT_OFFS = 1000;
/** As they are once they have been made: the triggers demand that each is later than those before it. */
const MADE = `
INSERT INTO revocations (id, business_id, shape, subject, selector, not_before, revoked_by, revocation_reason, state)
SELECT gen_random_uuid(), $1::uuid, 'owner', $2, '{}', now() + make_interval(hours => n), 'somebody', 'cut-off ' || n, 'done'
FROM generate_series($3::int, $4::int) n`;
const REVOKE = `UPDATE tokens SET revoked_at = now(), revoked_by = 'a request', revocation_reason = 'later' WHERE id = $1
  RETURNING revocation_reason AS reason, revoked_with IS NOT NULL AS "isCutOff"`;
const READ = `SELECT (seq_tup_read + idx_tup_fetch)::int AS rows FROM pg_stat_xact_user_tables WHERE relname = 'revocations'`;

describe('a token of somebody who was cut off a thousand times', () => {
  /** What is written of the token, and how many cut-offs were read for it. */
  async function revoked(fromHours: number): Promise<{ row: unknown; read: number }> {
    const { superuserUrl } = await sharedApp();
    const business = await aBusiness();
    const member = await aMember(business);
    const { id } = await aToken(business, { member });
    const session = new pg.Client({ connectionString: superuserUrl });
    await session.connect();
    try {
      // As sessions of the service have it (data-source-options.ts).
      await session.query(
        'SET enable_seqscan = off; SET jit = off; BEGIN; SET LOCAL session_replication_role = replica',
      );
      await session.query(MADE, [business.id, member.id, fromHours, fromHours + CUT_OFFS - 1]);
      await session.query('SET LOCAL session_replication_role = origin');
      const before = (await session.query<{ rows: number }>(READ)).rows[0]?.rows ?? 0;
      const [row] = (await session.query(REVOKE, [id])).rows;
      const after = (await session.query<{ rows: number }>(READ)).rows[0]?.rows ?? 0;
      return { row, read: after - before };
    } finally {
      await session.query('ROLLBACK');
      await session.end();
    }
  }

  it('keeps its own revocation if it was issued after all of them, and none of them is read', async () => {
    const { row, read } = await revoked(-CUT_OFFS - 10);
    expect(row).toEqual({ reason: 'later', isCutOff: false });
    expect(read).toBe(0);
  });
});
