import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  platform,
  type TestBusiness,
  type TestToken,
} from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { changeToken } from '../../support/token-mac.js';

const PATH = '/api/v1/reports/hygiene';

describe('GET /api/v1/reports/hygiene', () => {
  let business: TestBusiness;
  let superuserUrl: string;
  beforeAll(async () => {
    ({ superuserUrl } = await sharedApp());
  });
  beforeEach(async () => {
    business = await aBusiness();
  });
  const change = (token: TestToken, to: string): Promise<void> => changeToken(superuserUrl, token.id, to);
  const daysAgo = (days: number): string => `now() - interval '${days * 24} hours'`;
  const idsOf = (finding: unknown): string[] =>
    (finding as { items: { id: string }[] }).items.map(({ id }) => id);

  it('finds active tokens that never expire, and no others', async () => {
    const member = await aMember(business);
    const endless = await aToken(business, { member, expiresInDays: null });
    const revoked = await aToken(business, { member, expiresInDays: null });
    await aToken(business, { member });
    await business.api.post(`/api/v1/tokens/${revoked.id}/revoke`);
    const { status, body } = await business.api.get(PATH);
    expect([status, idsOf(body.never_expires)]).toEqual([200, [endless.id]]);
    expect(body.never_expires.next_cursor).toBeNull();
    const { id } = await anIdentity(business);
    const cutOff = await aToken(business, { identityId: id, expiresInDays: null });
    await business.api.post('/api/v1/revocations', { selector: { identity: id }, reason: 'x' });
    expect(idsOf((await business.api.get(PATH)).body.never_expires)).not.toContain(cutOff.id);
  });

  it('finds what nobody used for so many days: never used before long unused, each page behind the last', async () => {
    const member = await aMember(business);
    const tokens: TestToken[] = [];
    for (let n = 0; n < 5; n++) tokens.push(await aToken(business, { member, expiresInDays: null }));
    const [never, longest, long, fresh, used] = tokens as [
      TestToken,
      TestToken,
      TestToken,
      TestToken,
      TestToken,
    ];
    for (const token of [never, longest, long, used]) await change(token, `created_at = ${daysAgo(200)}`);
    await change(longest, `last_used_at = ${daysAgo(150)}`);
    await change(long, `last_used_at = ${daysAgo(95)}`);
    await change(used, `last_used_at = ${daysAgo(89)}`);
    const expected = [never.id, longest.id, long.id];
    expect(idsOf((await business.api.get(PATH)).body.unused)).toEqual(expected);
    expect(idsOf((await business.api.get(PATH, { unused_days: 100 })).body.unused)).toEqual([
      never.id,
      longest.id,
    ]);
    const read: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const more: Record<string, string> = cursor === '' ? {} : { cursor };
      const { body } = await business.api.get(PATH, { finding: 'unused', limit: 1, ...more });
      expect([body.never_expires, body.owners_with_many, body.over_scoped]).toEqual(Array(3).fill(undefined));
      read.push(...idsOf(body.unused));
      cursor = body.unused.next_cursor as string | null;
    }
    expect(read).toEqual(expected);
    expect(read).not.toContain(fresh.id);
  });

  it('takes the days of the policy where none are named', async () => {
    await (await platform()).patch(`/api/v1/admin/businesses/${business.id}`, { token_unused_days_max: 40 });
    const token = await aToken(business);
    await change(token, `created_at = ${daysAgo(41)}`);
    const { body } = await business.api.get(PATH);
    expect([body.unused_days, idsOf(body.unused)]).toEqual([40, [token.id]]);
  });

  it('finds owners with many active tokens, members before identities, page by page', async () => {
    const [few, many] = [await aMember(business), await aMember(business)];
    const machine = await anIdentity(business);
    await aToken(business, { member: few });
    for (let n = 0; n < 3; n++) {
      const ended = await aToken(business, { member: few });
      await business.api.post(`/api/v1/tokens/${ended.id}/revoke`);
      await aToken(business, { member: many });
      await aToken(business, { identityId: machine.id });
    }
    const { body } = await business.api.get(PATH, { owner_tokens_min: 3 });
    expect(body.owners_with_many).toEqual({
      next_cursor: null,
      items: [
        {
          owner: expect.objectContaining({ id: many.id, email: many.email }) as object,
          active_tokens: 3,
          has_older: false,
        },
        {
          owner: expect.objectContaining({ id: machine.id, kind: 'identity' }) as object,
          active_tokens: 3,
          has_older: false,
        },
      ],
    });
    const read: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const more: Record<string, string> = cursor === '' ? {} : { cursor };
      const page = await business.api.get(PATH, {
        finding: 'owners_with_many',
        owner_tokens_min: 3,
        limit: 1,
        ...more,
      });
      const found = page.body.owners_with_many as {
        items: { owner: { id: string } }[];
        next_cursor: string | null;
      };
      read.push(...found.items.map(({ owner }) => owner.id));
      cursor = found.next_cursor;
    }
    expect(read).toEqual([many.id, machine.id]);
  });

  it('shows whoever reads their own tokens alone nothing else, and other businesses nothing', async () => {
    const member = await aMember(business);
    const own = await aToken(business, { member, expiresInDays: null });
    const foreign = await aToken(business, { expiresInDays: null });
    const { body } = await own.api.get(PATH, { owner_tokens_min: 1 });
    expect(idsOf(body.never_expires)).toEqual([own.id]);
    expect(body.owners_with_many.items).toMatchObject([{ owner: { id: member.id }, active_tokens: 1 }]);
    const auditor = await aToken(business, { role: 'auditor' });
    expect(idsOf((await auditor.api.get(PATH)).body.never_expires)).toEqual(
      expect.arrayContaining([own.id, foreign.id]),
    );
    const other = await aBusiness();
    const { body: nothing } = await other.api.get(PATH, { owner_tokens_min: 1 });
    expect([nothing.never_expires.items, nothing.unused.items, nothing.owners_with_many.items]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it.each([
    ['an unknown finding', { finding: 'weak_secrets' }, 422],
    ['a cursor without its finding', { cursor: 'WyJ4Il0' }, 422],
    ['garbage for a cursor', { finding: 'owners_with_many', cursor: 'garbage' }, 400],
    ['a page of a thousand', { limit: 1000 }, 422],
    ['no days', { unused_days: 0 }, 422],
  ])('refuses %s', async (_, query, status) => {
    expect((await business.api.get(PATH, query)).status).toBe(status);
  });

  it('refuses a cursor of another finding', async () => {
    for (let n = 0; n < 2; n++) await aToken(business, { expiresInDays: null });
    const { body } = await business.api.get(PATH, { finding: 'never_expires', limit: 1 });
    const cursor = body.never_expires.next_cursor as string;
    for (const finding of ['unused', 'owners_with_many', 'over_scoped'])
      expect((await business.api.get(PATH, { finding, cursor })).status).toBe(400);
  });
});
