import { scopesByDefault } from '../../../src/verification/effective-scopes.js';
import { PLATFORM_ADMIN } from '../../../src/verification/scopes.js';
import type { Caller, Target } from '../../support/authorization-rules.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  type Role,
  type TestBusiness,
  type TestToken,
} from '../../support/factories.js';
import { BUSINESS_SCOPES } from '../../support/authorization-rules.js';
import { platformSecret } from '../../support/test-run.js';

/** Who owns tokens: a member by e-mail, an identity by id, or nobody. */
export interface Owner {
  owner_email?: string;
  identity_id?: string;
}

/** One business with two of each role, and a token for each kind of caller with all that its role allows. */
export interface AuthorizationWorld {
  business: TestBusiness;
  /** The secret of each caller. */
  secrets: Record<Caller, string>;
  /** The token of each caller but the platform. */
  tokens: Partial<Record<Caller, TestToken>>;
  /** The owner of each caller's token; of nobody for those without one. */
  owners: Partial<Record<Caller, Owner>>;
  /** The other person of that role, whom no caller is. */
  others: Record<Role, { id: string; email: string }>;
}

const ROLES = ['owner', 'admin', 'developer', 'auditor'] as const;

export async function authorizationWorld(): Promise<AuthorizationWorld> {
  const business = await aBusiness();
  const tokens: AuthorizationWorld['tokens'] = {};
  const owners: AuthorizationWorld['owners'] = {};
  const others = {} as AuthorizationWorld['others'];
  for (const role of ROLES) {
    const member = await aMember(business, role);
    owners[role] = { owner_email: member.email };
    tokens[role] = await aToken(business, { member, expiresInDays: null });
    others[role] = await aMember(business, role);
  }
  const identity = await anIdentity(business);
  owners.identity = { identity_id: identity.id };
  tokens.identity = await aToken(business, { identityId: identity.id, expiresInDays: null });
  tokens['ownerless admin'] = await issuedTo(business, {}, ['rescind:business:admin']);
  tokens.ownerless = await issuedTo(business, {}, narrowScopes());
  const secrets = { platform: platformSecret() } as AuthorizationWorld['secrets'];
  for (const [caller, token] of Object.entries(tokens)) secrets[caller as Caller] = token.secret;
  return { business, secrets, tokens, owners, others };
}

const narrowScopes = (): string[] => BUSINESS_SCOPES.filter((scope) => scope !== 'rescind:business:admin');

/** A token issued by the platform that never expires; without an owner unless one is named. */
export async function issuedTo(
  business: TestBusiness,
  owner: Owner,
  scopes?: readonly string[],
): Promise<TestToken> {
  const { status, body } = await business.api.post('/api/v1/tokens', {
    name: 'a token',
    expires_in_days: null,
    ...owner,
    ...(scopes === undefined ? {} : { scopes }),
  });
  if (status !== 201) throw new Error(JSON.stringify(body));
  const { id, jti } = body.token_info as { id: string; jti: string };
  return { id, jti, secret: body.token as string, api: business.api.as(body.token as string) };
}

/** A fresh token of whoever the column of a table of tokens names, seen from `caller`; `machine`: of identities only. */
export async function tokenOf(
  world: AuthorizationWorld,
  caller: Caller,
  target: Target,
  machine: boolean,
  given?: string[],
): Promise<TestToken> {
  const { business, owners } = world;
  switch (target) {
    case 'itself':
      return issuedTo(business, owners[caller] ?? {}, scopesOf(caller));
    case 'sibling':
      return issuedTo(business, owners[caller] ?? {}, caller.startsWith('ownerless') ? [] : scopesOf(caller));
    case 'ownerless':
      return issuedTo(business, {}, ['rescind:tokens:read', 'rescind:tokens:write']);
    case 'ownerless admin':
      return issuedTo(business, {}, ['rescind:business:admin']);
    default: {
      const scopes = given ?? scopesOf(target);
      return machine
        ? issuedTo(business, { identity_id: (await anIdentity(business, target as Role)).id }, scopes)
        : issuedTo(business, { owner_email: world.others[target as Role].email }, scopes);
    }
  }
}

/** What a token without an owner is given; the others get all that their role allows. */
function scopesOf(whom: Caller | Target): string[] {
  if (whom === 'ownerless admin') return ['rescind:business:admin'];
  if (whom === 'ownerless') return narrowScopes();
  return scopesByDefault([PLATFORM_ADMIN], whom === 'identity' ? 'developer' : (whom as Role));
}
