import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { scopesByDefault } from '../../src/verification/effective-scopes.js';
import { PLATFORM_ADMIN } from '../../src/verification/scopes.js';
import { Api } from './api.js';
import { sharedApp } from './shared-app.js';

export type Role = 'owner' | 'admin' | 'developer' | 'auditor';

export interface TestToken {
  id: string;
  jti: string;
  secret: string;
  /** The business as its bearer. */
  api: Api;
}

export interface TestMember {
  id: string;
  email: string;
  role: Role;
}

/** A caller with the platform's token, in no business yet; of the worker's shared application unless told otherwise. */
export async function platform(url?: string): Promise<Api> {
  return new Api(url ?? (await sharedApp()).url);
}

export interface TestBusiness {
  id: string;
  /** The platform, acting in this business. */
  api: Api;
}

/** A business nobody else knows, so that the test owns all that is in it. */
export async function aBusiness(
  options: { url?: string; name?: string; tokenPrefix?: string } = {},
): Promise<TestBusiness> {
  const api = await platform(options.url);
  const { id } = await created(() =>
    api.post<{ id: string }>('/api/v1/admin/businesses', {
      name: options.name ?? `Business ${randomUUID().slice(0, 8)}`,
      ...(options.tokenPrefix === undefined ? {} : { token_prefix: options.tokenPrefix }),
    }),
  );
  return { id, api: api.within(id) };
}

export async function aMember(business: TestBusiness, role: Role = 'developer'): Promise<TestMember> {
  const email = `${role}-${randomUUID().slice(0, 8)}@example.com`;
  const { id } = await created(() =>
    business.api.post<{ id: string }>('/api/v1/members', { email, name: `The ${role}`, role }),
  );
  return { id, email, role };
}

export async function anIdentity(
  business: TestBusiness,
  role: Role = 'developer',
): Promise<{ id: string; name: string }> {
  const name = `ci-${randomUUID().slice(0, 8)}`;
  return created(() => business.api.post<{ id: string; name: string }>('/api/v1/identities', { name, role }));
}

interface TokenOptions {
  name?: string;
  scopes?: string[];
  /** Owner; a new member of `role` if left out. */
  member?: TestMember;
  identityId?: string;
  role?: Role;
  expiresInDays?: number | null;
}

/** A token of a member or an identity, with all that the owner's role allows unless `scopes` says less. */
export async function aToken(business: TestBusiness, options: TokenOptions = {}): Promise<TestToken> {
  const { owner, role } = await ownerOf(business, options);
  const { token, token_info } = await created(() =>
    business.api.post<{ token: string; token_info: { id: string; jti: string } }>('/api/v1/tokens', {
      name: options.name ?? 'a token',
      ...owner,
      scopes: options.scopes ?? scopesByDefault([PLATFORM_ADMIN], role),
      ...(options.expiresInDays === undefined ? {} : { expires_in_days: options.expiresInDays }),
    }),
  );
  return { id: token_info.id, jti: token_info.jti, secret: token, api: business.api.as(token) };
}

async function ownerOf(
  business: TestBusiness,
  { identityId, member, role }: TokenOptions,
): Promise<{ owner: object; role: Role }> {
  if (identityId !== undefined) {
    const { body } = await business.api.get<{ role: Role }>(`/api/v1/identities/${identityId}`);
    return { owner: { identity_id: identityId }, role: body.role };
  }
  const someone = member ?? (await aMember(business, role));
  return { owner: { owner_email: someone.email }, role: someone.role };
}

/** A change waits 5 s for its turn and is refused then, which many that are asked for at once can meet on a busy machine. */
const ATTEMPTS = 10;
const ATTEMPT_MS = 500;

/** The answer to `call`, which is repeated while the service is unavailable: what a test prepares is not what it tests. */
async function created<Body>(call: () => Promise<{ status: number; body: Body }>): Promise<Body> {
  for (let attempt = 1; ; attempt++) {
    const { status, body } = await call();
    if (status === 201) return body;
    if (status !== 503 || attempt === ATTEMPTS)
      throw new Error(`nothing was made: ${status} ${JSON.stringify(body)}`);
    await delay(ATTEMPT_MS);
  }
}
