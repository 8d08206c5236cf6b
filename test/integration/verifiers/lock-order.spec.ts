import pg from 'pg';
import { sql } from '../../support/databases.js';
import { aBusiness, aMember, anIdentity, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { waitFor } from '../../support/wait-for.js';

const TOKENS = 20;

/** The end of an owner, and how many tokens it says that it revoked. */
interface End {
  ownerId: string;
  dialect: string;
  make(): Promise<{ status: number; revoked: unknown }>;
}

async function ofMember(business: TestBusiness): Promise<End> {
  const { id } = await aMember(business);
  return {
    ownerId: id,
    dialect: 'native',
    make: async () => {
      const { status, body } = await business.api.delete(`/api/v1/members/${id}`);
      return { status, revoked: body.tokens_revoked };
    },
  };
}

async function ofIdentity(business: TestBusiness): Promise<End> {
  const { id } = await anIdentity(business);
  return {
    ownerId: id,
    dialect: 'native',
    make: async () => {
      const { status, body } = await business.api.post(`/api/v1/identities/${id}/disable`);
      return { status, revoked: body.tokens_revoked };
    },
  };
}

async function ofTokenAuth(business: TestBusiness): Promise<End> {
  const { id } = await anIdentity(business);
  const path = `/api/v1/auth/token-auth/identities/${id}`;
  await business.api.post(path, {});
  return {
    ownerId: id,
    dialect: 'infisical',
    make: async () => ({ status: (await business.api.delete(path)).status, revoked: TOKENS }),
  };
}

describe('R2: the end of an owner locks the tokens in the order of their ids, as everybody does', () => {
  let superuserUrl: string;
  beforeAll(async () => void ({ superuserUrl } = await sharedApp()));

  /** Of these, the oldest, which an index finds first, is the last in the order of their ids. */
  const giveTokens = (business: TestBusiness, { ownerId, dialect }: End) =>
    sql<{ id: string }>(
      superuserUrl,
      `INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, identity_id, dialect, token_prefix, digest, pepper_id, scopes, created_at)
       SELECT (lpad(to_hex($4 - n), 8, '0') || substr(gen_random_uuid()::text, 9))::uuid, left(md5(random()::text), 22), $1,
         CASE WHEN m.id IS NULL THEN 'identity' ELSE 'user' END, m.id, i.id, $3, 'x', '', 'p', '{}', now() + make_interval(secs => n)
       FROM generate_series(1, $4) AS n LEFT JOIN members m ON m.id = $2 LEFT JOIN identities i ON i.id = $2
       RETURNING id`,
      [business.id, ownerId, dialect, TOKENS],
    );
  const deadlocks = async (): Promise<number> => {
    const [row] = await sql<{ count: number }>(
      superuserUrl,
      'SELECT deadlocks::int AS count FROM pg_stat_database WHERE datname = current_database()',
    );
    return row?.count ?? NaN;
  };

  it.each([
    ['the removal of a member', ofMember],
    ['the end of an identity', ofIdentity],
    ['the end of the Token Auth of an identity', ofTokenAuth],
  ])('%s', async (_, prepare) => {
    const business = await aBusiness();
    const end = await prepare(business);
    const ids = (await giveTokens(business, end)).map(({ id }) => id).toSorted();
    const before = await deadlocks();
    const other = new pg.Client({ connectionString: superuserUrl });
    await other.connect();
    try {
      await other.query('BEGIN');
      await other.query('SELECT FROM tokens WHERE id = $1 FOR NO KEY UPDATE', [ids[0]]);
      const ended = end.make();
      await waitFor('somebody who waits for the lock', async () => {
        const { rows } = await other.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows.length > 0;
      });
      // Whoever waits for the first holds none of the others.
      await other.query('SELECT FROM tokens WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE', [ids]);
      await other.query('COMMIT');
      expect(await ended).toMatchObject({ revoked: TOKENS });
      expect((await ended).status).toBeLessThan(300);
    } finally {
      await other.end();
    }
    expect(await deadlocks()).toBe(before);
    const live = await sql(superuserUrl, 'SELECT id FROM tokens WHERE id = ANY ($1) AND revoked_at IS NULL', [
      ids,
    ]);
    expect(live).toEqual([]);
  });
});
