import { randomUUID } from 'node:crypto';
import type { Api } from '../../support/api.js';
import { aBusiness, anIdentity, aToken, type Role, type TestBusiness } from '../../support/factories.js';

export const TOKEN_AUTH = '/api/v1/auth/token-auth';

export interface TokenAuthWorld {
  business: TestBusiness;
  /** An administrator's token, naming no business: clients of this dialect do not. */
  admin: Api;
  identityId: string;
  /** Where the settings of the identity are. */
  config: string;
}

/** An identity, with Token Auth attached under `settings`; undefined: not attached. */
export async function tokenAuthWorld(settings?: object, role: Role = 'developer'): Promise<TokenAuthWorld> {
  const business = await aBusiness({ name: `Infisical ${randomUUID().slice(0, 8)}` });
  const admin = (await aToken(business, { role: 'admin', expiresInDays: null })).api.within(null);
  const { id: identityId } = await anIdentity(business, role);
  const config = `${TOKEN_AUTH}/identities/${identityId}`;
  if (settings !== undefined) {
    const { status, body } = await admin.post(config, settings);
    if (status !== 200) throw new Error(JSON.stringify(body));
  }
  return { business, admin, identityId, config };
}

interface AccessToken {
  id: string;
  secret: string;
  api: Api;
}

export async function anAccessToken({ admin, config }: TokenAuthWorld): Promise<AccessToken> {
  const { status, body } = await admin.post(`${config}/tokens`, { name: 'ci' });
  if (status !== 200) throw new Error(JSON.stringify(body));
  const secret = body.accessToken as string;
  return { id: body.tokenData.id as string, secret, api: admin.as(secret) };
}

/** The native verdict on a secret. */
export async function verdictOn(
  { business }: TokenAuthWorld,
  token: string,
  ip?: string,
): Promise<{ active: boolean; reason?: string }> {
  return (await business.api.post('/api/v1/tokens/verify', { token, ip })).body;
}
