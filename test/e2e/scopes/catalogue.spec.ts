import type { Api } from '../../support/api.js';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { aSession } from '../../support/session.js';

const PATH = '/api/v1/scopes';

interface Listed {
  scope: string;
  in_use?: boolean;
  grantable: boolean;
  description?: string;
}

interface Catalogue {
  management: Listed[];
  product: Listed[];
  others_exist: boolean;
  developer_scopes: string[];
  exceeded: boolean;
}

const read = async (api: Api): Promise<Catalogue> => {
  const { status, body } = await api.get<Catalogue>(PATH);
  expect(status).toBe(200);
  return body;
};
const namesOf = (scopes: Listed[]): string[] => scopes.map(({ scope }) => scope);
const grantableOf = (scopes: Listed[]): string[] => namesOf(scopes.filter(({ grantable }) => grantable));

describe('the scopes to choose from', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  it("are Rescind's own, each with a sentence, and those of the product that good tokens carry", async () => {
    const member = await aMember(business);
    await aToken(business, { member, scopes: ['orders:read', 'orders:write'] });
    await aToken(business, { member, scopes: ['orders:read', 'a.first'] });
    const { id } = await aToken(business, { member, scopes: ['of:the-revoked'] });
    await business.api.post(`/api/v1/tokens/${id}/revoke`);
    const admin = await aToken(business, { role: 'admin' });
    const { management, product, ...rest } = await read(admin.api);
    expect(product).toEqual(
      ['a.first', 'orders:read', 'orders:write'].map((scope) => ({
        scope,
        in_use: true,

        grantable: true,
      })),
    );
    expect(rest).toEqual({ developer_scopes: [], others_exist: true, exceeded: false });
    expect(grantableOf(management)).toEqual(namesOf(management));
    expect(namesOf(management)).toContain('rescind:business:admin');
    expect(namesOf(management)).not.toContain('rescind:platform:admin');
    for (const { description } of management) expect(description).toMatch(/^[A-Z]/);
  });

  it.each(['admin', 'developer'] as const)(
    'can be given, as far as they are called grantable, and by nobody otherwise (%s)',
    async (role) => {
      const scopes = [
        'rescind:tokens:write',
        ...(role === 'admin' ? ['rescind:members:read'] : []),
        'stock:write',
      ];
      const { api } = await aToken(business, { role, scopes });
      const { management, product } = await read(api);
      for (const { scope, grantable } of [...management, ...product]) {
        const { status } = await api.post('/api/v1/tokens', { name: 'n', scopes: [scope] });
        expect([scope, status]).toEqual([scope, grantable ? 201 : 403]);
      }
      expect(grantableOf(product)).toEqual(['stock:write']);
    },
  );

  it('tell nobody of tokens that they may not read', async () => {
    const [ours, theirs] = [await aBusiness(), await aBusiness()];
    await aToken(theirs, { scopes: ['of:another-business'] });
    await aToken(ours, { scopes: ['of:a-colleague'] });
    const developer = await aToken(ours, { scopes: ['rescind:tokens:write', 'own:scope'] });
    expect(namesOf((await read(developer.api)).product)).toEqual(['own:scope']);
    const admin = await aToken(ours, { role: 'admin' });
    expect(namesOf((await read(admin.api)).product)).toEqual(['of:a-colleague', 'own:scope']);
    expect((await developer.api.within(theirs.id).get(PATH)).status).toBe(403);
  });

  it('are told to whoever may issue, by session too, and to nobody else', async () => {
    const developer = await aToken(business);
    const session = await aSession(developer.api);
    expect((await session.api.get(PATH)).status).toBe(200);
    for (const { api } of [
      await aToken(business, { role: 'auditor' }),
      await aToken(business, { role: 'admin', scopes: ['rescind:tokens:read'] }),
    ])
      expect((await api.get(PATH)).status).toBe(403);
    expect((await developer.api.as(null).get(PATH)).status).toBe(401);
  });
});

describe('where the scopes that exist are configured', () => {
  let database: TestDatabase;
  let rescind: RescindProcess;
  beforeAll(async () => {
    database = await freshDatabase();
    const env = { RESCIND_SCOPE_CATALOGUE: 'orders:write,orders:read,stock:read' };
    rescind = await startRescind({ databaseUrl: database.url, env });
    await rescind.ready();
  });
  afterAll(async () => {
    await rescind?.stop();
    await database?.drop();
  });

  it('those are all that there are', async () => {
    const business = await aBusiness({ url: rescind.url });
    await aToken(business, { scopes: ['orders:read'] });
    const set = (scopes: string[]) => business.api.put(`${PATH}/developers`, { scopes });
    expect((await set(['stock:write'])).status).toBe(422);
    expect((await set(['orders:read'])).status).toBe(200);
    const { product, others_exist, developer_scopes } = await read(business.api);
    expect(developer_scopes).toEqual(['orders:read']);
    expect(product).toEqual([
      { scope: 'orders:read', in_use: true, grantable: true },
      { scope: 'orders:write', in_use: false, grantable: true },
      { scope: 'stock:read', in_use: false, grantable: true },
    ]);
    expect(others_exist).toBe(false);
  });
});
