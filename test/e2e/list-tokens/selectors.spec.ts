import type { Call } from '../../support/api.js';
import { sql } from '../../support/databases.js';
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

const LIST = '/api/v1/tokens';
type Query = NonNullable<Call['query']>;
type Name = 'reader' | 'writer' | 'idle' | 'eternal' | 'ended' | 'gone' | 'machine' | 'hex';

describe('GET /api/v1/tokens selects tokens', () => {
  let business: TestBusiness;
  let ada: TestMember;
  let identity: { id: string };
  let issuer: TestToken;
  const ids = {} as Record<Name, string>;
  const previews = {} as Record<Name, string>;

  beforeAll(async () => {
    const { databaseUrl } = await sharedApp();
    business = await aBusiness({ tokenPrefix: 'acme' });
    ada = await aMember(business);
    identity = await anIdentity(business);
    issuer = await aToken(business, { role: 'owner', name: 'the issuer' });
    const issue = async (name: Name, more: object): Promise<void> => {
      const { body } = await business.api.post(LIST, { name, owner_email: ada.email, scopes: [], ...more });
      ids[name] = body.token_info.id as string;
      previews[name] = body.token_info.token_prefix as string;
    };
    await issue('reader', {
      scopes: ['orders:read'],
      external_id: 'c-1',
      metadata: { plan: 'pro', seats: 5 },
    });
    await issue('writer', { scopes: ['orders:read', 'orders:write'], metadata: { plan: 'pro', beta: true } });
    await issue('idle', { scopes: ['billing:refund'], external_id: 'c-2' });
    await issue('eternal', { expires_in_days: null });
    await issue('ended', { metadata: { plan: 'free', nested: { plan: 'pro' } } });
    await issue('gone', { external_id: 'c-1' });
    const { body } = await issuer.api.post(LIST, { name: 'machine', identity_id: identity.id });
    ids.machine = body.token_info.id as string;
    previews.machine = body.token_info.token_prefix as string;
    const vcita = await business.api.post('/platform/v1/tokens', { user_id: ada.id });
    expect(vcita.status).toBeLessThan(300);
    const [hex] = await sql<{ id: string }>(
      databaseUrl,
      `SELECT id FROM tokens WHERE business_id = $1 AND dialect = 'vcita'`,
      [business.id],
    );
    ids.hex = hex?.id ?? '';
    await business.api.post(`${LIST}/${ids.gone}/revoke`, { reason: 'left' });
    const set = (name: Name, columns: string) =>
      sql(databaseUrl, `UPDATE tokens SET ${columns} WHERE id = $1`, [ids[name]]);
    await set('idle', `created_at = now() - interval '200 days', last_used_at = now() - interval '100 days'`);
    await set('eternal', `created_at = now() - interval '50 days'`);
    await set('ended', `expires_at = now() - interval '1 minute'`);
    await set('reader', `last_used_at = now() - interval '1 hour', expires_at = '2031-05-05T00:00:00Z'`);
  });

  const selected = async (query: Query): Promise<Name[]> => {
    const { status, body } = await business.api.get(LIST, { owner_email: '*', ...query });
    expect([status, body]).toMatchObject([200, {}]);
    const found = (body.items as { id: string }[]).map(({ id }) => id);
    return (Object.keys(ids) as Name[]).filter((name) => found.includes(ids[name])).sort();
  };

  it.each<[string, Query, Name[]]>([
    ['scopes that they have', { scopes_has: 'orders:read' }, ['reader', 'writer']],
    ['all the scopes that they have', { scopes_has: ['orders:read', 'orders:write'] }, ['writer']],
    [
      'scopes beside which they have none',
      { scopes_only: 'orders:read', scopes_has: 'orders:read' },
      ['reader'],
    ],
    ['a part of the name, in any case', { name: 'EADE' }, ['reader']],
    ['a name with signs that mean something elsewhere', { name: '%' }, []],
    ['the dialect', { dialect: 'vcita' }, ['hex']],
    ['the prefix', { prefix: 'acme', scopes_has: 'billing:refund' }, ['idle']],
    ['another prefix', { prefix: 'ac' }, []],
    ['the status active', { status: 'active', scopes_has: 'billing:refund' }, ['idle']],
    ['the status expired', { status: 'expired' }, ['ended']],
    ['the status revoked', { status: 'revoked' }, ['gone']],
    ['the external id', { external_id: 'c-1' }, ['reader']],
    ['the external id, revoked ones too', { external_id: 'c-1', include_revoked: true }, ['gone', 'reader']],
    ['metadata', { metadata: 'plan:pro' }, ['reader', 'writer']],
    ['metadata of two names', { metadata: ['plan:pro', 'beta:true'] }, ['writer']],
    ['metadata that is a number', { metadata: 'seats:5' }, ['reader']],
    ['metadata that nobody has', { metadata: 'plan:none' }, []],
    ['that they never expire', { never_expires: true, dialect: 'native' }, ['eternal']],
    ['an expiry before', { expires_before: '2026-01-01' }, []],
    ['an expiry in a range', { expires_after: '2031-05-05', expires_before: '2031-05-06' }, ['reader']],
    ['when they were issued', { created_before: daysAgo(150) }, ['idle']],
    [
      'when they were issued, in a range',
      { created_after: daysAgo(60), created_before: daysAgo(40) },
      ['eternal'],
    ],
    ['when they were used last', { last_used_after: daysAgo(1) }, ['reader']],
    ['when they were used last, long ago', { last_used_before: daysAgo(1) }, ['idle']],
    ['for how long they were not used', { unused_days: 40 }, ['eternal', 'idle']],
    ['for how long, longer', { unused_days: 99 }, ['idle']],
    [
      'several words at once',
      { metadata: 'plan:pro', scopes_has: 'orders:write', status: 'active' },
      ['writer'],
    ],
  ])('by %s', async (_what, query, expected) => {
    expect(await selected(query)).toEqual(expected);
    for (const sort_by of ['name', 'last_used_at', 'expires_at'])
      for (const descending of [true, false])
        expect([sort_by, await selected({ ...query, sort_by, descending })]).toEqual([sort_by, expected]);
  });

  it('by owner, identity and issuer', async () => {
    expect(await selected({ owner_email: ada.email, never_expires: true, dialect: 'native' })).toEqual([
      'eternal',
    ]);
    expect(await selected({ identity_id: identity.id })).toEqual(['machine']);
    expect(await selected({ issued_by_token: issuer.id })).toEqual(['machine']);
  });

  it('by preview, whole or in part, and by pepper', async () => {
    expect(await selected({ preview: previews.writer })).toEqual(['writer']);
    expect(await selected({ preview: previews.writer.slice(5, 12) })).toEqual(['writer']);
    const { databaseUrl } = await sharedApp();
    const [{ pepper_id } = { pepper_id: '' }] = await sql<{ pepper_id: string }>(
      databaseUrl,
      'SELECT pepper_id FROM tokens WHERE id = $1',
      [ids.idle],
    );
    expect(await selected({ pepper_id, unused_days: 99 })).toEqual(['idle']);
    expect(await selected({ pepper_id: 'ffffffff' })).toEqual([]);
  });

  it('and counts them', async () => {
    const query = { owner_email: '*', metadata: 'plan:pro', include_total_count: true, limit: 1 };
    expect((await business.api.get(LIST, query)).body).toMatchObject({ total: 2, has_next: true });
  });

  it.each<[Query, string]>([
    [{ owner_email: 'a@b.example', identity_id: '00000000-0000-4000-8000-000000000000' }, 'identity_id'],
    [{ created_after: '2026-02-01', created_before: '2026-01-01' }, 'created_before'],
    [{ last_used_after: '2026-02-01', last_used_before: '2026-02-01' }, 'last_used_before'],
    [{ never_expires: true, expires_before: '2026-01-01' }, 'never_expires'],
    [{ unused_days: 3, last_used_before: '2026-01-01' }, 'unused_days'],
    [{ scopes_has: 'a', scopes_only: 'b' }, 'scopes_has'],
    [{ metadata: ['plan:pro', 'plan:free'] }, 'metadata'],
    [{ status: 'revoked', include_revoked: false }, 'include_revoked'],
  ])('and refuses what contradicts itself: %j', async (query, word) => {
    const { status, body } = await business.api.get(LIST, query);
    expect(status).toBe(422);
    expect(body.detail).toMatchObject([{ loc: ['query', word], type: 'value_error' }]);
    expect(body.detail[0].msg).toMatch(/^[A-Za-z][^.]*$/);
  });

  it.each<[Query, string]>([
    [{ colour: 'blue' }, 'colour'],
    [{ status: 'suspended' }, 'status'],
    [{ dialect: 'klingon' }, 'dialect'],
    [{ created_before: '2026-02-30' }, 'created_before'],
    [{ created_before: 'yesterday' }, 'created_before'],
    [{ unused_days: '0' }, 'unused_days'],
    [{ unused_days: '1e3' }, 'unused_days'],
    [{ metadata: 'plan' }, 'metadata'],
    [{ metadata: ':x' }, 'metadata'],
    [{ metadata: Array.from({ length: 11 }, (_, n) => `n${n}:x`) }, 'metadata'],
    [{ metadata: 'a:\0' }, 'metadata'],
    [{ scopes_has: 'x'.repeat(129) }, 'scopes_has'],
    [{ prefix: 'Acme' }, 'prefix'],
    [{ pepper_id: '../../x' }, 'pepper_id'],
    [{ issued_by_token: 'me' }, 'issued_by_token'],
    [{ never_expires: 'perhaps' }, 'never_expires'],
  ])('and refuses words that it does not know: %j', async (query, word) => {
    const { status, body } = await business.api.get(LIST, query);
    expect([status, body.detail]).toMatchObject([422, [{ loc: ['query', word] }]]);
  });

  it('among those that the caller may read, and no others', async () => {
    const mine = await aToken(business, { name: 'mine alone' });
    const idsFor = async (api: TestToken['api'], query: Query): Promise<string[]> => {
      const { body } = await api.get(LIST, query);
      return (body.items as { id: string }[]).map(({ id }) => id);
    };
    expect(await idsFor(mine.api, { scopes_has: 'orders:read' })).toEqual([]);
    expect(await idsFor(mine.api, { external_id: 'c-1' })).toEqual([]);
    expect(await idsFor(mine.api, { name: 'mine' })).toEqual([mine.id]);
    expect((await mine.api.get(LIST, { identity_id: identity.id })).status).toBe(403);
    const other = await aToken(await aBusiness(), { role: 'owner' });
    const queries: Query[] = [{ external_id: 'c-1' }, { metadata: 'plan:pro' }, { preview: previews.writer }];
    for (const query of queries) expect(await idsFor(other.api, { owner_email: '*', ...query })).toEqual([]);
    expect(await idsFor(other.api, { identity_id: identity.id })).toEqual([]);
  });
});

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}
