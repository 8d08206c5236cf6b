import { sql } from '../../support/databases.js';
import { aBusiness, aMember, aToken, type TestBusiness } from '../../support/factories.js';
import type { Api } from '../../support/api.js';
import { sharedApp } from '../../support/shared-app.js';

const TOKENS = '/api/public/v1/tokens';
const SECRET = /^ot_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{33}_[0-9A-Za-z]{6}$/;

describe('POST /api/public/v1/tokens', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });
  /** A token that OpenTrain issued, with these scopes; otherwise all of an administrator. */
  const aCaller = async (scopes?: string[]): Promise<Api> => {
    const { api } = await aToken(business, { role: 'admin', expiresInDays: null });
    const { body } = await api.within(null).post(TOKENS, scopes === undefined ? undefined : { scopes });
    return api.as(body.token as string).within(null);
  };

  it('answers 201 to an empty body, with the defaults of the dialect', async () => {
    const caller = await aCaller(['jobs:read']);
    const { status, body } = await caller.post(TOKENS);
    expect([status, body.tokenType]).toEqual([201, 'bearer']);
    expect(body.token).toMatch(SECRET);
    expect(body.metadata).toEqual({
      id: expect.any(String) as string,
      name: 'API token',
      preview: `ot_pat_${(body.token as string).slice(7, 11)}********${(body.token as string).slice(-4)}`,
      scopes: ['jobs:read'],
      status: 'active',
      organizationId: business.id,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      lastUsedAt: null,
      expiresAt: null,
      revokedAt: null,
    });
    expect((await caller.as(body.token as string).get(TOKENS)).status).toBe(200);
  });

  it('gives the scopes and the expiry that were asked for', async () => {
    const caller = await aCaller();
    const { body } = await caller.post(TOKENS, {
      name: 'ci',
      scopes: ['jobs:read'],
      expiresAt: '2099-01-01T00:00:00+01:00',
    });
    expect(body.metadata).toMatchObject({
      name: 'ci',
      scopes: ['jobs:read'],
      expiresAt: '2098-12-31T23:00:00.000Z',
    });
  });

  it('refuses a scope that the caller lacks, and names scopes that do not exist', async () => {
    const caller = await aCaller(['jobs:read']);
    const denied = await caller.post(TOKENS, { scopes: ['jobs:write'] });
    expect([denied.status, denied.body.code]).toEqual([403, 'FORBIDDEN']);
    const unknown = await caller.post(TOKENS, { scopes: ['jobs:read', 'rescind:everything'] });
    expect([unknown.status, unknown.body.code]).toEqual([400, 'BAD_REQUEST']);
    expect(unknown.body.details.unknownScopes).toEqual(['rescind:everything']);
  });

  it.each([
    ['a time that has passed', { expiresAt: '2020-01-01T00:00:00Z' }],
    ['a time on no calendar', { expiresAt: '2099-02-31T00:00:00Z' }],
    ['a time without a zone', { expiresAt: '2099-01-01T00:00:00' }],
    ['an empty name', { name: '' }],
    ['a name of 121 characters', { name: 'x'.repeat(121) }],
    ['a number as a name', { name: 7 }],
    ['scopes that are no list', { scopes: 'jobs:read' }],
    ['a list as a body', []],
  ])('refuses %s with 400 BAD_REQUEST and details', async (_, body) => {
    const answer = await (await aCaller()).post(TOKENS, body);
    expect([answer.status, answer.body.code]).toEqual([400, 'BAD_REQUEST']);
    expect(answer.body.details.issues).not.toHaveLength(0);
  });

  it('drops members that it does not know, as the original does', async () => {
    const { status } = await (
      await aCaller()
    ).post(TOKENS, { name: 'x'.repeat(120), organizationId: 'mine' });
    expect(status).toBe(201);
  });

  it('never lets an account hold more than 25 active tokens, however many ask at once', async () => {
    const member = await aMember(business);
    const caller = (await aToken(business, { member })).api.within(null);
    const answers = await Promise.all(Array.from({ length: 40 }, () => caller.post(TOKENS)));
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual(
      Array.from({ length: 16 }, () => [409, 'CONFLICT']),
    );
    const [active] = await sql(
      (await sharedApp()).databaseUrl,
      'SELECT count(*)::int FROM tokens WHERE member_id = $1 AND revoked_at IS NULL',
      [member.id],
    );
    expect(active).toEqual({ count: 25 });
    const [{ metadata }] = answers.filter(({ status }) => status === 201).map(({ body }) => body);
    await caller.delete(`${TOKENS}/${metadata.id}`);
    expect((await caller.post(TOKENS)).status).toBe(201);
  });
});
