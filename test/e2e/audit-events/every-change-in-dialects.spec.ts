import { GROUP_SCHEMA, PATCH_OP, USER_SCHEMA } from '../../../src/dialects/scim/scim-urns.js';
import type { AnyBody, Api, ApiAnswer } from '../../support/api.js';
import { sql } from '../../support/databases.js';
import type { Answer } from '../../support/exchange.js';
import { aMember, aToken } from '../../support/factories.js';
import { postForm } from '../../support/form.js';
import { operationsOf } from '../../support/operations.js';
import { sharedApp } from '../../support/shared-app.js';
import {
  anAccessToken,
  TOKEN_AUTH,
  tokenAuthWorld,
  type TokenAuthWorld,
} from '../infisical-config/token-auth.js';

const DIALECTS = ['opentrain', 'infisical', 'vcita', 'scim'] as const;

interface World extends TokenAuthWorld {
  url: string;
  /** A token of the identity under Token Auth, and one of the native API. */
  access: { id: string; secret: string };
  token: { id: string; secret: string };
}

type Change = (world: World) => Promise<Answer | ApiAnswer<AnyBody>>;

const aScimGroup = (admin: Api) =>
  admin.post('/scim/v2/Groups', { schemas: [GROUP_SCHEMA], displayName: 'a group' });
const addressOfGroup = async (admin: Api): Promise<string> =>
  `/scim/v2/Groups/${(await aScimGroup(admin)).body.id as string}`;
const patchOf = (value: object) => ({ schemas: [PATCH_OP], Operations: [{ op: 'replace', value }] });

/** One request of each documented route of the dialects and of OAuth that changes something. */
const CHANGES: Record<string, Change> = {
  'POST /api/public/v1/tokens': ({ admin, token }) => admin.as(token.secret).post('/api/public/v1/tokens', { name: 'n' }),
  'DELETE /api/public/v1/tokens/{tokenId}': ({ admin, token }) => admin.as(token.secret).delete(`/api/public/v1/tokens/${token.id}`),
  'POST /api/agent/identity/revoke': ({ url, token }) => postForm(url, '/api/agent/identity/revoke', [['token', token.secret]]),
  'POST /api/agent/oauth/revoke': ({ url, token }) => postForm(url, '/api/agent/oauth/revoke', [['token', token.secret]]),
  [`POST ${TOKEN_AUTH}/identities/{identityId}`]: async ({ admin, config }) => {
    await admin.delete(config);
    return admin.post(config, {});
  },
  [`PATCH ${TOKEN_AUTH}/identities/{identityId}`]: ({ admin, config }) => admin.patch(config, { accessTokenNumUsesLimit: 7 }),
  [`DELETE ${TOKEN_AUTH}/identities/{identityId}`]: ({ admin, config }) => admin.delete(config),
  [`POST ${TOKEN_AUTH}/identities/{identityId}/tokens`]: ({ admin, config }) => admin.post(`${config}/tokens`, { name: 'n' }),
  [`PATCH ${TOKEN_AUTH}/tokens/{tokenId}`]: ({ admin, access }) => admin.patch(`${TOKEN_AUTH}/tokens/${access.id}`, { name: 'renamed' }),
  [`POST ${TOKEN_AUTH}/tokens/{tokenId}/revoke`]: ({ admin, access }) => admin.post(`${TOKEN_AUTH}/tokens/${access.id}/revoke`),
  'POST /api/v1/auth/token/renew': ({ admin, access }) => admin.as(null).post('/api/v1/auth/token/renew', { accessToken: access.secret }),
  'POST /api/v1/auth/token/revoke': ({ admin, access }) => admin.as(null).post('/api/v1/auth/token/revoke', { accessToken: access.secret }),
  'POST /api/v1/identities': ({ admin, business }) => admin.post('/api/v1/identities', { name: 'ci', organizationId: business.id }),
  'PATCH /api/v1/identities/{identityId}': ({ admin, identityId }) => admin.patch(`/api/v1/identities/${identityId}`, { name: 'renamed' }),
  'DELETE /api/v1/identities/{identityId}': ({ admin, identityId }) => admin.delete(`/api/v1/identities/${identityId}`),
  'POST /platform/v1/tokens': ({ admin, identityId }) => admin.post('/platform/v1/tokens', { app_id: identityId }),
  'POST /platform/v1/tokens/revoke': ({ admin, token }) => admin.post('/platform/v1/tokens/revoke', { token: token.secret }),
  'POST /scim/v2/Users': ({ admin }) => admin.post('/scim/v2/Users', { schemas: [USER_SCHEMA], userName: 'new@example.com' }),
  'PUT /scim/v2/Users/{id}': async ({ admin, business }) => admin.put(`/scim/v2/Users/${(await aMember(business)).id}`, { schemas: [USER_SCHEMA], userName: 'other@example.com' }),
  'PATCH /scim/v2/Users/{id}': async ({ admin, business }) => admin.patch(`/scim/v2/Users/${(await aMember(business)).id}`, patchOf({ active: false })),
  'DELETE /scim/v2/Users/{id}': async ({ admin, business }) => admin.delete(`/scim/v2/Users/${(await aMember(business)).id}`),
  'POST /scim/v2/Groups': ({ admin }) => aScimGroup(admin),
  'PUT /scim/v2/Groups/{id}': async ({ admin }) => admin.put(await addressOfGroup(admin), { schemas: [GROUP_SCHEMA], displayName: 'renamed' }),
  'PATCH /scim/v2/Groups/{id}': async ({ admin }) => admin.patch(await addressOfGroup(admin), patchOf({ displayName: 'renamed' })),
  'DELETE /scim/v2/Groups/{id}': async ({ admin, business }) => {
    const address = await addressOfGroup(admin);
    const { id } = await aMember(business);
    await admin.patch(address, patchOf({ members: [{ value: id }] }));
    return admin.delete(address);
  },
  'POST /oauth/revoke': ({ url, token }) => postForm(url, '/oauth/revoke', [['token', token.secret]]),
}; // prettier-ignore

const LOOK = `
SELECT (SELECT md5(string_agg(row, ',' ORDER BY row)) FROM (
    SELECT md5((to_jsonb(t) - 'last_used_at' - 'last_used_hour' - 'uses')::text) AS row FROM tokens t WHERE business_id = $1
    UNION ALL SELECT md5(m::text) FROM members m WHERE business_id = $1 UNION ALL SELECT md5(g::text) FROM groups g WHERE business_id = $1
    UNION ALL SELECT md5(i::text) FROM identities i WHERE business_id = $1
    UNION ALL SELECT md5(a::text) FROM identity_token_auth a WHERE business_id = $1) rows) AS state,
  (SELECT size::int FROM audit_heads WHERE business_id = $1) AS events`;

async function aWorld(): Promise<World> {
  const { url } = await sharedApp();
  const world = await tokenAuthWorld({ accessTokenTTL: 3600, accessTokenMaxTTL: 7200 });
  const token = await aToken(world.business, { identityId: world.identityId });
  return { ...world, url, access: await anAccessToken(world), token };
}

describe('in the dialects and OAuth', () => {
  it('every documented route that could change something is tried here', async () => {
    const { url } = await sharedApp();
    const documented: string[] = [];
    for (const name of DIALECTS) {
      const { operations } = await operationsOf(url, name);
      const changing = operations.filter(({ method }) => method !== 'GET');
      documented.push(...changing.map(({ method, path }) => `${method} ${path}`));
    }
    const tried = Object.keys(CHANGES).filter((name) => name !== 'POST /oauth/revoke');
    expect(documented.sort()).toEqual(tried.sort());
  });

  it.each(Object.keys(CHANGES))('%s changes something, and leaves an event of it', async (name) => {
    const world = await aWorld();
    const { superuserUrl } = await sharedApp();
    const look = () => sql<{ state: string; events: number }>(superuserUrl, LOOK, [world.business.id]);
    const [before] = await look();
    const { status } = await (CHANGES[name] as Change)(world);
    const [after] = await look();
    expect([status < 300, after?.state !== before?.state]).toEqual([true, true]);
    expect(after?.events).toBeGreaterThan(before?.events as number);
  });
});
