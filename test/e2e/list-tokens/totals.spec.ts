import pg from 'pg';
import { aBusiness, aMember, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const LIST = '/api/v1/tokens';
const COUNTED = 10_000;
/** With which filters are compared for a count. */
const LOOKED_AT = 50_000;

describe('GET /api/v1/tokens with include_total_count', () => {
  let business: TestBusiness;
  let memberId: string;
  let session: pg.Client;

  beforeAll(async () => {
    business = await aBusiness();
    memberId = (await aMember(business)).id;
    session = new pg.Client({ connectionString: (await sharedApp()).superuserUrl });
    await session.connect();
    // Without the triggers, which write other tables for each row.
    await session.query('SET session_replication_role = replica');
  });
  afterAll(async () => {
    await session.query('DELETE FROM tokens WHERE business_id = $1', [business.id]);
    await session.end();
  });

  /** Each older than those before it. */
  async function grow(from: number, to: number): Promise<void> {
    await session.query(
      `INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, name, token_prefix, digest, pepper_id, scopes, created_at)
       SELECT gen_random_uuid(), substr(md5($1 || n), 1, 22), $1::uuid, 'user', $2::uuid, 'number ' || n || '.', 'dz_', '\\x00', 'new', '{}',
         now() - n * interval '1 second'
       FROM generate_series($3::int, $4::int) n`,
      [business.id, memberId, from, to],
    );
  }

  async function total(query: object = {}): Promise<unknown[]> {
    const { status, body } = await business.api.get(LIST, {
      owner_email: '*',
      include_total_count: true,
      limit: 1,
      ...query,
    });
    expect(status).toBe(200);
    return [body.total, body.total_exceeded];
  }

  it('counts up to 10,000, and says that there are more', async () => {
    await grow(1, COUNTED);
    expect(await total()).toEqual([COUNTED, false]);
    expect(await total({ name: 'number 77' })).toEqual([111, false]);
    await grow(COUNTED + 1, COUNTED + 1);
    expect(await total()).toEqual([COUNTED, true]);
    expect(await total({ owner_email: 'nobody@example.com' })).toEqual([0, false]);
    expect(await total({ include_total_count: false })).toEqual([null, false]);
  });

  it('compares no more than the newest 50,000 with filters, and says so', async () => {
    await grow(COUNTED + 2, LOOKED_AT + 20);
    expect(await total()).toEqual([COUNTED, true]);
    expect(await total({ name: 'number 7.' })).toEqual([1, true]);
    expect(await total({ name: `number ${LOOKED_AT + 10}.` })).toEqual([0, true]);
    expect(await total({ status: 'revoked' })).toEqual([0, true]);
    // Fewer are looked at where an index leads to them.
    const [{ before } = { before: null }] = (
      await session.query<{ before: Date }>(
        'SELECT created_at AS before FROM tokens WHERE business_id = $1 AND name = $2',
        [business.id, `number ${LOOKED_AT}.`],
      )
    ).rows;
    expect(await total({ name: 'number', created_before: before?.toISOString() })).toEqual([20, false]);
  });
});
