import type { Api } from '../../support/api.js';
import { aBusiness, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';

/** One identity whose tokens every dialect can issue and revoke, and an administrator of its business. */
export interface DialectWorld {
  business: TestBusiness;
  admin: Api;
  identityId: string;
  /** A token of the identity, with which OpenTrain's clients manage its account. */
  account: Api;
}

export async function dialectWorld(): Promise<DialectWorld> {
  const business = await aBusiness();
  const admin = (await aToken(business, { role: 'admin' })).api;
  const { id: identityId } = await anIdentity(business);
  const account = (await aToken(business, { identityId })).api.within(null);
  const attached = await admin.within(null).post(`/api/v1/auth/token-auth/identities/${identityId}`);
  if (attached.status !== 200) throw new Error(JSON.stringify(attached.body));
  return { business, admin, identityId, account };
}

interface DialectToken {
  id: string;
  secret: string;
}

interface Dialect {
  issue(world: DialectWorld): Promise<DialectToken>;
  /** @returns the status */
  revoke(world: DialectWorld, token: DialectToken): Promise<number>;
  revoked: number;
  /** Whether the dialect shows the token to whoever may see it. */
  shows(world: DialectWorld, token: DialectToken): Promise<boolean>;
  /** Status of a request with the token itself, in this dialect. */
  use(world: DialectWorld, token: DialectToken): Promise<number>;
}

export type DialectName = 'native' | 'opentrain' | 'infisical' | 'vcita';

export const DIALECTS: Record<DialectName, Dialect> = {
  native: {
    async issue({ admin, identityId }) {
      const { body } = await admin.post('/api/v1/tokens', {
        name: 'native',
        identity_id: identityId,
        scopes: ['rescind:tokens:write'],
      });
      return { id: body.token_info.id as string, secret: body.token as string };
    },
    revoke: async ({ admin }, { id }) => (await admin.post(`/api/v1/tokens/${id}/revoke`)).status,
    revoked: 201,
    shows: async ({ admin }, { id }) => (await admin.get(`/api/v1/tokens/${id}`)).status === 200,
    use: async ({ admin }, { secret }) => (await admin.as(secret).get('/api/v1/tokens')).status,
  },
  opentrain: {
    async issue({ account }) {
      const { body } = await account.post('/api/public/v1/tokens', { name: 'opentrain' });
      return { id: body.metadata.id as string, secret: body.token as string };
    },
    revoke: async ({ account }, { id }) => (await account.delete(`/api/public/v1/tokens/${id}`)).status,
    revoked: 200,
    shows: async ({ account }, { id }) =>
      (await account.get('/api/public/v1/tokens')).body.tokens.some((each: { id: string }) => each.id === id),
    use: async ({ account }, { secret }) => (await account.as(secret).get('/api/public/v1/auth/me')).status,
  },
  infisical: {
    async issue({ admin, identityId }) {
      const path = `/api/v1/auth/token-auth/identities/${identityId}/tokens`;
      const { body } = await admin.within(null).post(path, { name: 'infisical' });
      return { id: body.tokenData.id as string, secret: body.accessToken as string };
    },
    revoke: async ({ admin }, { id }) =>
      (await admin.within(null).post(`/api/v1/auth/token-auth/tokens/${id}/revoke`)).status,
    revoked: 200,
    shows: async ({ admin }, { id }) =>
      (await admin.within(null).get(`/api/v1/auth/token-auth/tokens/${id}`)).status === 200,
    use: async ({ account }, { secret }) =>
      (await account.as(secret).get('/api/v1/identities/details')).status,
  },
  vcita: {
    async issue({ admin, identityId }) {
      const { body } = await admin.within(null).post('/platform/v1/tokens', { app_id: identityId });
      return { id: body.data.token_id as string, secret: body.data.token as string };
    },
    revoke: async ({ admin }, { secret }) =>
      (await admin.within(null).post('/platform/v1/tokens/revoke', { token: secret })).status,
    revoked: 201,
    shows: async ({ admin, identityId }, { id }) =>
      (await admin.within(null).get('/platform/v1/tokens', { app_id: identityId })).body.data.tokens.some(
        (each: { token_id: string }) => each.token_id === id,
      ),
    use: async ({ account }, { secret }) => (await account.as(secret).get('/platform/v1/tokens')).status,
  },
};
