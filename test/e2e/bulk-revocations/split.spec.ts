import type { Api } from '../../support/api.js';
import { serviceUrlOf, sql } from '../../support/databases.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  type TestBusiness,
  type TestMember,
  type TestToken,
} from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';

const PATH = '/api/v1/revocations';
const ABOVE = 3;

/** A statement that no trigger looks at, as after a day. */
async function untriggered(statement: string, values: unknown[]): Promise<void> {
  const url = new URL((await sharedApp()).superuserUrl);
  url.searchParams.set('options', '-c session_replication_role=replica');
  await sql(url.href, statement, values);
}

describe('many revocations, each of fewer tokens than one person may revoke,', () => {
  let business: TestBusiness;
  let chief: TestMember;
  let asks: TestToken;
  beforeEach(async () => {
    business = await limited();
    chief = await aMember(business, 'owner');
    asks = await aToken(business, { member: chief });
  });

  const limited = async (): Promise<TestBusiness> => {
    const made = await aBusiness();
    const path = `/api/v1/admin/businesses/${made.id}`;
    expect((await made.api.within(null).patch(path, { approval_above: ABOVE })).status).toBe(200);
    return made;
  };
  const someone = async (count = 1, of = business): Promise<TestMember & { tokens: TestToken[] }> => {
    const member = await aMember(of);
    const tokens = [];
    for (let n = 0; n < count; n++) tokens.push(await aToken(of, { member, scopes: ['orders:read'] }));
    return { ...member, tokens };
  };
  const cutOff = ({ email }: TestMember) => ({ owner: email });
  const selection = ({ email }: TestMember) => ({ owner_email: email, scopes_has: ['orders:read'] });
  const revoke = async (by: Api, selector: object, more: object = {}): Promise<number> =>
    (await by.post(PATH, { selector, reason: 'bit by bit', ...more })).status;
  const isGood = async ({ secret }: TestToken): Promise<boolean> =>
    (await business.api.post('/api/v1/tokens/verify', { token: secret })).body.active as boolean;

  it('count together for a day, whatever they name, and then wait for a second person', async () => {
    const [first, second, third] = [await someone(2), await someone(2), await someone()];
    expect(await revoke(asks.api, cutOff(first))).toBe(201);
    const preview = await asks.api.post(PATH, { selector: cutOff(second), reason: 'x', preview: true });
    expect(preview.body).toMatchObject({ tokens: 2, needs_approval: true, revoked_alone_last_day: 2 });
    expect((await asks.api.post(PATH, { plan: preview.body.plan })).status).toBe(202);
    expect(await revoke(asks.api, selection(second))).toBe(202);
    expect(await isGood(second.tokens[0]!)).toBe(true);
    // Exactly as many as one may, and nothing more; nothing at all is always allowed.
    expect(await revoke(asks.api, selection(third))).toBe(201);
    expect(await revoke(asks.api, cutOff(await someone()))).toBe(202);
    expect(await revoke(asks.api, cutOff(await someone(0)))).toBe(201);
    // Of another person, and by another day, they begin anew.
    const other = await aToken(business, { role: 'owner' });
    expect(await revoke(other.api, cutOff(second))).toBe(201);
    await untriggered(`UPDATE revocation_tallies SET made_at = now() - interval '25 hours' WHERE business_id = $1`, [business.id]);
    expect(await revoke(asks.api, cutOff(await someone(3)))).toBe(201);
  }); // prettier-ignore

  it('do not get round it at once, through as many tokens of one person as there are', async () => {
    const apis = [asks.api];
    for (let n = 0; n < 3; n++) apis.push((await aToken(business, { member: chief })).api);
    const members = [];
    for (let n = 0; n < 12; n++) members.push(await someone());
    const statuses = await Promise.all(
      members.map((member, n) =>
        revoke(apis[n % apis.length]!, n % 3 === 0 ? selection(member) : cutOff(member)),
      ),
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(ABOVE);
    expect(statuses.filter((status) => status === 202)).toHaveLength(12 - ABOVE);
    const good = await Promise.all(members.map(({ tokens: [token] }) => isGood(token!)));
    expect(good.filter((each) => !each)).toHaveLength(ABOVE);
  });

  it('count for whoever made the tokens that they are made with, and for each of these', async () => {
    const offspring = async (by: Api): Promise<Api> => {
      const { email } = await aMember(business, 'owner');
      const input = { name: 'for you', owner_email: email, scopes: ['rescind:tokens:write'] };
      const { status, body } = await by.post('/api/v1/tokens', input);
      expect(status).toBe(201);
      return by.as(body.token as string);
    };
    const [one, other] = [await offspring(asks.api), await offspring(asks.api)];
    const machine = await anIdentity(business, 'owner');
    const issued = await asks.api.post('/api/v1/tokens', { name: 'm', identity_id: machine.id, scopes: ['rescind:tokens:write'] });
    const api = asks.api.as(issued.body.token as string);
    expect(await revoke(one, cutOff(await someone(2)))).toBe(201);
    for (const by of [one, other, asks.api, api, await offspring(other)])
      expect(await revoke(by, cutOff(await someone(2)))).toBe(202);
    const another = await aToken(business, { role: 'owner' });
    expect(await revoke(another.api, cutOff(await someone(2)))).toBe(201);
  }); // prettier-ignore

  it('count in their business alone, and not when two persons made them or the platform broke the glass', async () => {
    const foreign = await limited();
    expect(await revoke(foreign.api, cutOff(await someone(3, foreign)))).toBe(201);
    expect(await revoke(business.api, cutOff(await someone(9)), { break_glass: true })).toBe(201);
    const { status, body } = await asks.api.post(PATH, { selector: cutOff(await someone(9)), reason: 'x' });
    expect(status).toBe(202);
    const second = await aToken(business, { role: 'owner' });
    expect((await second.api.post(`${PATH}/${body.id}/approve`, {})).status).toBe(201);
    for (const by of [asks.api, second.api]) expect(await revoke(by, cutOff(await someone(3)))).toBe(201);
    // Both tokens come from the platform's.
    expect(await revoke(business.api, cutOff(await someone()))).toBe(202);
  });

  it('count for all tokens of the platform that were issued to nobody, and else for each person', async () => {
    const issued = async (to: object): Promise<Api> => {
      const { status, body } = await business.api.within(null).post('/api/v1/admin/tokens', { name: 'p', ...to });
      expect(status).toBe(201);
      return business.api.as(body.token as string);
    };
    const [one, other] = [await issued({}), await issued({})];
    const [ada, grace, adaAgain] = [
      await issued({ issued_to: 'ada@example.com' }),
      await issued({ issued_to: 'grace@example.com' }),
      await issued({ issued_to: 'Ada@example.com' }),
    ];
    for (const [by, status] of [[one, 201], [other, 202], [ada, 201], [adaAgain, 202], [grace, 201]] as const)
      expect(await revoke(by, cutOff(await someone(2)))).toBe(status);
  }); // prettier-ignore

  it('leave the revocation of single tokens alone, which is not counted', async () => {
    const { tokens } = await someone(5);
    for (const { id } of tokens) expect((await asks.api.post(`/api/v1/tokens/${id}/revoke`)).status).toBe(201);
    expect(await revoke(asks.api, cutOff(await someone(3)))).toBe(201);
  }); // prettier-ignore

  it('are not forgotten by whoever has the rights of the service', async () => {
    expect(await revoke(asks.api, cutOff(await someone(2)))).toBe(201);
    const service = serviceUrlOf((await sharedApp()).databaseUrl);
    const of = [business.id];
    await expect(sql(service, 'DELETE FROM revocation_tallies WHERE business_id = $1', of)).rejects.toThrow('counts for a day');
    for (const column of ['made_at = now()', 'tokens = 1', `author_keys = '{}'`])
      await expect(sql(service, `UPDATE revocation_tallies SET ${column} WHERE business_id = $1`, of)).rejects.toThrow('permission denied');
    const early = `INSERT INTO revocation_tallies (revocation_id, business_id, author_keys, tokens, made_at) VALUES (gen_random_uuid(), $1, '{}', 1, now() - interval '2 days')`;
    await expect(sql(service, early, of)).rejects.toThrow('permission denied');
    expect(await revoke(asks.api, cutOff(await someone(2)))).toBe(202);
  }); // prettier-ignore
});
