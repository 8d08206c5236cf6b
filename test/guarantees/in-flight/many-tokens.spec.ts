import { sql } from '../../support/databases.js';
import { aBusiness, aMember, aToken, type TestBusiness, type TestMember } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const TOKENS = 10_000;

/** Copies of a member's only token. */
const COPIES = `
INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, name, token_prefix, digest, pepper_id, scopes)
SELECT gen_random_uuid(), substr(md5(random()::text || n), 1, 22), business_id, owner_kind, member_id, name, token_prefix,
  decode(md5(random()::text || n) || md5(n::text), 'hex'), pepper_id, scopes
FROM tokens, generate_series(2, $2::int) AS n WHERE id = $1`;

describe('R4: the end of an owner with many tokens', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  async function anOwnerOfMany(count: number): Promise<TestMember> {
    const member = await aMember(business);
    const { id } = await aToken(business, { member });
    await sql((await sharedApp()).superuserUrl, COPIES, [id, count]);
    return member;
  }

  it('ends each of them, with an event of its own, while others go on', async () => {
    const member = await anOwnerOfMany(TOKENS);
    const { superuserUrl } = await sharedApp();
    const { status, body } = await business.api.delete(`/api/v1/members/${member.id}`);
    expect([status, body.tokens_revoked]).toEqual([200, TOKENS]);
    const [row] = await sql(
      superuserUrl,
      `SELECT (SELECT count(*)::int FROM tokens WHERE member_id = $1 AND revoked_at IS NULL) AS alive,
         (SELECT count(*)::int FROM audit_events e JOIN tokens t ON e.target_id = t.id::text
          WHERE t.member_id = $1 AND e.action = 'token.revoked') AS events,
         (SELECT max(sequence)::int = count(*)::int FROM audit_events WHERE business_id = $2) AS dense`,
      [member.id, business.id],
    );
    expect(row).toEqual({ alive: 0, events: TOKENS, dense: true });
  });

  it('is never lost to whoever locks the same tokens in another order', async () => {
    const { superuserUrl } = await sharedApp();
    const statement = `UPDATE tokens SET last_used_at = now() WHERE id IN (
      SELECT id FROM tokens WHERE member_id = $1 ORDER BY id DESC FOR NO KEY UPDATE)`;
    for (let round = 0; round < 4; round++) {
      const member = await anOwnerOfMany(1000);
      const others = Promise.allSettled(
        Array.from({ length: 3 }, () => sql(superuserUrl, statement, [member.id])),
      );
      const { status } = await business.api.delete(`/api/v1/members/${member.id}`);
      await others;
      expect(status).toBe(200);
    }
  });
});
