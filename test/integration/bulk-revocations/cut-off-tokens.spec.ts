import { Api } from '../../support/api.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { platformSecret } from '../../support/test-run.js';
import { changeToken } from '../../support/token-mac.js';

/** Each cut-off is later than those before it, which are in force as well. */
const ago = (days: number, hours = 0): string => `now() - interval '${days} days ${hours} hours'`;

describe('a preview does not count what was cut off and is not marked yet', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url });
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });
  beforeEach(async () => {
    business = await aBusiness({ url: app.url });
  });

  const counted = async (): Promise<number> => {
    const api = new Api(app.url, platformSecret(), business.id);
    const asked = { selector: { business: true }, reason: 'a drill', preview: true };
    const { status, body } = await api.post('/api/v1/revocations', asked);
    expect(status).toBe(200);
    return body.tokens as number;
  };

  it.each([
    [9, 'a member', 'members', 'WHERE id = $1', 'member'],
    [8, 'an identity', 'identities', 'WHERE id = $1', 'identity'],
    [7, 'the business', 'businesses', 'WHERE id = $1', 'business'],
    [6, 'a pepper', 'peppers', 'WHERE id = (SELECT pepper_id FROM tokens WHERE id = $1)', 'token'],
    [5, 'the platform', 'platform_not_before', '', 'token'],
  ])('%i days ago of %s', async (days, _, table, where, kind) => {
    const member = await aMember(business);
    const identity = await anIdentity(business);
    const [old, young, other] = [
      await aToken(business, kind === 'identity' ? { identityId: identity.id } : { member }),
      await aToken(business, kind === 'identity' ? { identityId: identity.id } : { member }),
      await aToken(business, { member: await aMember(business) }),
    ];
    const subject = { member: member.id, identity: identity.id, business: business.id, token: old.id }[kind];
    await changeToken(database.superuserUrl, old.id, `created_at = ${ago(days, 1)}`);
    const before = await counted();
    // As if it had been made, and its marking had not begun: triggers demand its row.
    const made = `UPDATE ${table} SET not_before = ${ago(days)} ${where.replace('$1', `'${subject}'`)}`;
    await sql(database.superuserUrl, `SET session_replication_role = replica; ${made}`);
    expect(await counted()).toBe(before - 1);
    const rows = await sql<{ id: string }>(
      database.superuserUrl,
      'SELECT id FROM tokens WHERE business_id = $1 AND revoked_at IS NULL',
      [business.id],
    );
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining([old.id, young.id, other.id]));
  });
});
