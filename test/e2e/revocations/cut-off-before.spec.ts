import pg from 'pg';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { waitFor } from '../../support/wait-for.js';

/** Longer than the marking of a cut-off waits for a row. */
const WAITS_LONGER_THAN = '400 ms';

interface Ended {
  actor: { kind: string; id: string | null };
  ip: string | null;
  details: { cause: string; revoked_with: string; revoked_by: string };
}

describe('a token that was cut off, and whose row says so only when its owner goes', () => {
  let holder: pg.Client;
  let business: TestBusiness;
  beforeAll(async () => {
    holder = new pg.Client({ connectionString: (await sharedApp()).superuserUrl });
    await holder.connect();
  });
  afterAll(() => holder?.end());
  beforeEach(async () => {
    business = await aBusiness();
  });

  const isWaitedFor = async (): Promise<boolean> => {
    const { rowCount } = await holder.query(
      `SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid)) AND clock_timestamp() - query_start > $1::interval`,
      [WAITS_LONGER_THAN],
    );
    return (rowCount ?? 0) > 0;
  };

  it.each(['an identity', 'a member'])(
    'was ended by the cut-off, and not by who sends %s away',
    async (who) => {
      const isIdentity = who === 'an identity';
      const owner = isIdentity ? await anIdentity(business) : await aMember(business);
      const token = await aToken(
        business,
        isIdentity ? { identityId: owner.id } : { member: owner as Awaited<ReturnType<typeof aMember>> },
      );
      const admin = await aToken(business, { role: 'admin' });
      await holder.query('BEGIN');
      await holder.query('SELECT FROM tokens WHERE id = $1 FOR UPDATE', [token.id]);
      const cutOff = await business.api.post('/api/v1/revocations', {
        selector: isIdentity ? { identity: owner.id } : { owner: (owner as { email: string }).email },
        reason: 'stolen',
      });
      expect(cutOff.status).toBe(201);
      const sentAway = isIdentity
        ? admin.api.post(`/api/v1/identities/${owner.id}/disable`, {})
        : admin.api.delete(`/api/v1/members/${owner.id}`);
      await waitFor('whoever sends the owner away to wait for the row', isWaitedFor);
      await holder.query('COMMIT');
      expect((await sentAway).status).toBeLessThan(300);
      const { body } = await business.api.get('/api/v1/audit/events', {
        action: 'token.revoked',
        target_id: token.id,
      });
      expect(body.items as Ended[]).toEqual([
        expect.objectContaining({
          actor: expect.objectContaining({ kind: 'system', id: null }) as unknown,
          ip: null,
          details: expect.objectContaining({
            cause: 'cut_off',
            revoked_with: cutOff.body.id,
            revoked_by: 'platform',
          }) as unknown,
        }),
      ]);
    },
  );
});
