import pg from 'pg';
import { isCutOff } from '../../../src/verification/cut-off.sql.js';
import { serviceUrlOf } from '../../support/databases.js';
import { aBusiness, aMember, anIdentity, type TestBusiness } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const PLATFORM = '00000000-0000-0000-0000-000000000000';
const PEPPER = 'another';
/** Of each owner, one token of each of these days; the cut-off is of the fourth. */
const DAYS = 6;
const CUT_OFF = `'2026-01-04'::timestamptz`;
/** How many of the tokens of one owner it covers. */
const COVERED = 4;

describe('tokens that a cut-off covers', () => {
  let business: TestBusiness;
  let session: pg.Client;
  let member: string;
  let identity: string;
  let service: string;
  let other: string;

  beforeAll(async () => {
    const { superuserUrl, databaseUrl } = await sharedApp();
    business = await aBusiness();
    member = (await aMember(business)).id;
    other = (await aMember(business)).id;
    identity = (await anIdentity(business)).id;
    service = new URL(serviceUrlOf(databaseUrl)).username;
    session = new pg.Client({ connectionString: superuserUrl });
    await session.connect();
  });
  afterAll(() => session?.end());

  /** In a transaction that is rolled back: a token of a pepper that nobody has makes the service of the run not ready. */
  async function makeTokens(): Promise<void> {
    await session.query(
      `INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, identity_id, dialect, token_prefix, digest, pepper_id, scopes, created_at)
       SELECT gen_random_uuid(), substr(md5($1 || owner || pepper || day), 1, 22), $1::uuid, CASE WHEN owner = $2 THEN 'identity' ELSE 'user' END,
         CASE WHEN owner <> $2 THEN owner::uuid END, CASE WHEN owner = $2 THEN owner::uuid END, 'native', 'dz_0000********0000', '\\x00',
         pepper, '{}', '2026-01-01'::timestamptz + (day - 1) * interval '1 day'
       FROM unnest(ARRAY[$2, $3, $4]) owner, unnest(ARRAY['gone', $5]) pepper, generate_series(1, $6) day`,
      [business.id, identity, member, other, PEPPER, DAYS],
    );
  }

  const owners = 3;
  const peppers = 2;
  const inLog = (log: string, subject: string): string =>
    `INSERT INTO audit_cut_offs (business_id, subject, not_before, sequence) VALUES ('${log}', '${subject}', ${CUT_OFF}, 0)`;
  const PLACES: [string, () => string, number][] = [
    ['nobody', () => 'SELECT', 0],
    ['the platform', () => `UPDATE platform_not_before SET not_before = ${CUT_OFF}`, COVERED * owners * peppers],
    ['the business', () => `UPDATE businesses SET not_before = ${CUT_OFF} WHERE id = '${business.id}'`, COVERED * owners * peppers],
    ['a member', () => `UPDATE members SET not_before = ${CUT_OFF} WHERE id = '${member}'`, COVERED * peppers],
    ['an identity', () => `UPDATE identities SET not_before = ${CUT_OFF} WHERE id = '${identity}'`, COVERED * peppers],
    ['a pepper', () => `INSERT INTO peppers (id, not_before, current_since) VALUES ('${PEPPER}', ${CUT_OFF}, now())`, COVERED * owners],
    ['the platform, according to the log alone', () => inLog(PLATFORM, 'platform'), COVERED * owners * peppers],
    ['a pepper, according to the log alone', () => inLog(PLATFORM, `pepper:${PEPPER}`), COVERED * owners],
    ['the business, according to the log alone', () => inLog(business.id, business.id), COVERED * owners * peppers],
    ['a member, according to the log alone', () => inLog(business.id, member), COVERED * peppers],
    ['an identity, according to the log alone', () => inLog(business.id, identity), COVERED * peppers],
  ]; // prettier-ignore

  it.each(PLACES)(
    'of %s are the same, whether the business is known beforehand or not',
    async (_of, cutOff, covered) => {
      await session.query('BEGIN; SET LOCAL session_replication_role = replica');
      try {
        await makeTokens();
        await session.query(cutOff());
        await session.query(`SET LOCAL app.business_id = '${business.id}'; SET LOCAL ROLE ${service}`);
        const { rows } = await session.query<{ each: number; known: number; differ: number }>(
          `SELECT count(*) FILTER (WHERE alone)::int AS each, count(*) FILTER (WHERE known)::int AS known,
           count(*) FILTER (WHERE alone IS DISTINCT FROM known)::int AS differ
         FROM (SELECT ${isCutOff('t')} AS alone, ${isCutOff('t', '$1::uuid')} AS known FROM tokens t WHERE t.business_id = $1) t`,
          [business.id],
        );
        expect(rows).toEqual([{ each: covered, known: covered, differ: 0 }]);
      } finally {
        await session.query('ROLLBACK');
      }
    },
  );

  it('of one subject are found along the primary key of the register, the latest of all by an index of its own', async () => {
    const planOf = async (condition: string): Promise<string> => {
      await session.query('SET enable_seqscan = off');
      const { rows } = await session.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN SELECT ${condition} FROM tokens t WHERE t.business_id = $1`,
        [business.id],
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    const each = await planOf(isCutOff('t'));
    expect(each).toContain('audit_cut_offs_pkey');
    expect(each).not.toContain('audit_cut_offs_latest_idx');
    const known = await planOf(isCutOff('t', '$1::uuid'));
    for (const index of [
      'audit_cut_offs_pkey',
      'audit_cut_offs_latest_idx',
      'members_cut_off_idx',
      'identities_cut_off_idx',
    ])
      expect(known).toContain(index);
  });
});
