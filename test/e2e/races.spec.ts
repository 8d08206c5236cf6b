import { sql } from '../support/databases.js';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../support/factories.js';
import { sharedApp } from '../support/shared-app.js';

const MANY = 50;
const times = <Result>(count: number, work: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

describe('calls at once', () => {
  let databaseUrl: string;
  let business: TestBusiness;
  beforeAll(async () => {
    databaseUrl = (await sharedApp()).databaseUrl;
    business = await aBusiness();
  });

  const eventsOf = (action: string, targetId: string) =>
    sql(databaseUrl, `SELECT reason FROM audit_events WHERE action = $1 AND target_id = $2`, [
      action,
      targetId,
    ]);

  it(`${MANY} revocations of one token tell the same facts and leave one event`, async () => {
    const token = await aToken(business);
    const answers = await times(MANY, (index) =>
      business.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: `reason ${index}` }),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body.data))).size).toBe(1);
    expect(await eventsOf('token.revoked', token.id)).toEqual([
      { reason: answers[0]?.body.data.revocation_reason },
    ]);
  });

  it(`of ${MANY} rotations of one token one wins, and one successor exists`, async () => {
    const token = await aToken(business);
    const answers = await times(MANY, () =>
      business.api.post(`/api/v1/tokens/${token.id}/rotate`, { grace_seconds: 60 }),
    );
    const winners = answers.filter(({ status }) => status === 201);
    expect(winners).toHaveLength(1);
    expect(
      new Set(
        answers.filter(({ status }) => status !== 201).map(({ status, body }) => `${status} ${body.code}`),
      ),
    ).toEqual(new Set(['409 token.not_active']));
    expect(await eventsOf('token.rotated', token.id)).toHaveLength(1);
    const { body } = await business.api.get(`/api/v1/tokens/${token.id}`);
    expect(body.replaced_by).toBe(winners[0]?.body.token_info.id);
  });

  it(`${MANY} issues make ${MANY} tokens, with as many events in a sequence without gaps`, async () => {
    const own = await aBusiness();
    const member = await aMember(own);
    const answers = await times(MANY, (index) =>
      own.api.post('/api/v1/tokens', { name: `token ${index}`, owner_email: member.email }),
    );
    expect(new Set(answers.map(({ body }) => body.token)).size).toBe(MANY);
    const [row] = await sql<{ count: number; highest: number; lowest: number }>(
      databaseUrl,
      `SELECT count(*)::int AS count, max(sequence)::int AS highest, min(sequence)::int AS lowest FROM audit_events WHERE business_id = $1`,
      [own.id],
    );
    expect((row?.highest ?? 0) - (row?.lowest ?? 0) + 1).toBe(row?.count);
  });

  it('a member who is removed while tokens are issued to them and rotated keeps none that is good', async () => {
    for (let round = 0; round < 10; round++) {
      const member = await aMember(business);
      const existing = await aToken(business, { member });
      const [removal] = await Promise.all([
        business.api.delete(`/api/v1/members/${member.id}`),
        business.api.post(`/api/v1/tokens/${existing.id}/rotate`, { grace_seconds: 60 }),
        business.api.post('/api/v1/tokens', { name: 'late', owner_email: member.email }),
        business.api.post('/api/v1/tokens', { name: 'later', owner_email: member.email }),
      ]);
      expect(removal.status).toBe(200);
      expect(await goodTokensOf('member_id', member.id)).toEqual([]);
    }
  });

  it('an identity that is disabled while its token is rotated has none left when it is enabled again', async () => {
    for (let round = 0; round < 10; round++) {
      const identity = await anIdentity(business);
      const token = await aToken(business, { identityId: identity.id });
      const [rotation, disabled] = await Promise.all([
        business.api.post(`/api/v1/tokens/${token.id}/rotate`, { grace_seconds: 60 }),
        business.api.post(`/api/v1/identities/${identity.id}/disable`),
      ]);
      expect(disabled.status).toBe(201);
      await business.api.post(`/api/v1/identities/${identity.id}/enable`);
      expect(await goodTokensOf('identity_id', identity.id)).toEqual([]);
      if (rotation.status === 201)
        expect((await business.api.as(rotation.body.token).get('/api/v1/tokens')).status).toBe(401);
    }
  });

  it('two owners who remove each other leave one', async () => {
    const own = await aBusiness();
    const [left, right] = [await aMember(own, 'owner'), await aMember(own, 'owner')];
    const [first, second] = [await aToken(own, { member: left }), await aToken(own, { member: right })];
    const answers = await Promise.all([
      first.api.delete(`/api/v1/members/${right.id}`),
      second.api.delete(`/api/v1/members/${left.id}`),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const { body } = await own.api.get('/api/v1/members');
    expect(body.items).toHaveLength(1);
  });

  it('one e-mail added twice becomes one member', async () => {
    const own = await aBusiness();
    const answers = await times(10, () =>
      own.api.post('/api/v1/members', { email: 'Ada@Example.com', name: 'Ada', role: 'developer' }),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(409)]);
  });

  const goodTokensOf = (column: 'member_id' | 'identity_id', id: string) =>
    sql(databaseUrl, `SELECT id FROM tokens WHERE ${column} = $1 AND revoked_at IS NULL`, [id]);
});
