import { GROUP_SCHEMA, USER_SCHEMA } from '../../src/dialects/scim/scim-urns.js';
import { aBusiness, aMember, anIdentity, aToken } from './factories.js';
import { aSession } from './session.js';
import { platformSecret } from './test-run.js';
import { waitFor } from './wait-for.js';

/** What somebody who tries an operation out has: who calls, in which business, and one of everything to name. */
export interface Visitor {
  secret: string;
  businessId: string;
  /** A value for a path or query parameter that must be filled in. */
  fill(operationId: string, parameter: string): string;
}

/** Operations whose path is about the platform, not about one business. */
export const isPlatforms = (path: string): boolean => path.startsWith('/api/v1/admin/');

/**
 * A business nobody else knows, with a member, an identity with Token Auth, their tokens and a revoked one, seen by an
 * owner, or by the platform.
 */
export async function aVisitor(url: string, asPlatform: boolean): Promise<Visitor> {
  const business = await aBusiness({ url });
  const owner = await aMember(business, 'owner');
  const own = await aToken(business, { member: owner });
  const member = await aMember(business);
  const identity = await anIdentity(business);
  const bare = await anIdentity(business);
  const ended = await anIdentity(business);
  await aToken(business, { identityId: ended.id });
  const token = await aToken(business, { member: owner });
  const revoked = await aToken(business, { member: owner });
  const caller = asPlatform ? business.api : own.api;
  await business.api.post(`/api/v1/tokens/${revoked.id}/revoke`);
  await own.api.within(null).post(`/api/v1/auth/token-auth/identities/${identity.id}`, {});
  const held = await own.api
    .within(null)
    .post<{ tokenData: { id: string } }>(`/api/v1/auth/token-auth/identities/${identity.id}/tokens`, {});
  const session = await aSession((await aToken(business, { member: owner })).api);
  const signedOut = await aSession((await aToken(business, { member: owner })).api);
  await business.api.post(`/api/v1/sessions/${signedOut.id}/revoke`, {});
  const platforms = await business.api
    .within(null)
    .post<{ token_info: { id: string } }>('/api/v1/admin/tokens', { name: 'of a visitor' });
  const account = await business.api.post(`/api/v1/members/${member.id}/accounts`, {
    issuer: 'https://id.example.com',
    subject: member.id,
  });
  const log = asPlatform ? '/api/v1/admin/audit' : '/api/v1/audit';
  const scope: Record<string, string> = asPlatform ? { business_id: 'platform' } : {};
  const events = await caller.get<{ items: { id: string }[] }>(`${log}/events`, {
    ...scope,
    order: 'oldest',
  });
  const revocation = asPlatform
    ? await caller.within(null).post('/api/v1/admin/revocations', {
        selector: { platform: true },
        issued_before: '2020-01-01T00:00:00Z',
        reason: 'of a visitor',
      })
    : await caller.post('/api/v1/revocations', { selector: { identity: ended.id }, reason: 'of a visitor' });
  const revocations = asPlatform ? '/api/v1/admin/revocations' : '/api/v1/revocations';
  await waitFor('the revocation to be done', async () => {
    const { body } = await caller.get(`${revocations}/${revocation.body.id as string}`);
    return body.state === 'done';
  });
  const group = await own.api.post<{ id: string }>('/scim/v2/Groups', {
    schemas: [GROUP_SCHEMA],
    displayName: 'of a visitor',
  });
  const ids: Record<string, string> = {
    'getScimResourceType id': 'User',
    'getScimSchema id': USER_SCHEMA,
    ...Object.fromEntries(
      ['get', 'replace', 'patch', 'delete'].flatMap((verb) => [
        [`${verb}ScimUser id`, member.id],
        [`${verb}ScimGroup id`, group.body.id],
      ]),
    ),
    revocation_id: revocation.body.id as string,
    business_id: business.id,
    member_id: member.id,
    identity_id: identity.id,
    identityId: identity.id,
    token_id: token.id,
    session_id: session.id,
    tokenId: held.body.tokenData.id,
    event_id: events.body.items[0]?.id as string,
    email: member.email,
    from: '1',
    provider: 'none',
    account_id: account.body.id as string,
    'attachTokenAuth identityId': bare.id,
    'getRevocationReceipt token_id': revoked.id,
    'getSessionReceipt session_id': signedOut.id,
    'revokeOpenTrainToken tokenId': token.id,
    'revokePlatformToken token_id': platforms.body.token_info.id,
    'getPlatformTokenUsage token_id': platforms.body.token_info.id,
  };
  return {
    secret: asPlatform ? platformSecret() : own.secret,
    businessId: business.id,
    fill: (operationId, parameter) => {
      const value = ids[`${operationId} ${parameter}`] ?? ids[parameter];
      if (value === undefined)
        throw new Error(`${operationId} asks for ${parameter}, which is not known here`);
      return value;
    },
  };
}

/**
 * What is refused as it is filled in, and is meant to be: an example cannot be somebody's secret or know an id.
 * Every other operation succeeds.
 */
export const REFUSED_BY_DESIGN: Record<string, number> = {
  // Nothing is anchored where no witnesses are asked.
  getAuditAnchor: 404,
  // Nobody is signed in; a page that asks is our own, and a program is none.
  getCurrentSession: 401,
  endCurrentSession: 401,
  openSession: 403,
  createInfisicalIdentity: 403,
  createVcitaToken: 404,
  // There is no provider.
  startOidcSignIn: 404,
  finishOidcSignIn: 404,
  endSessionsOfProvider: 404,
  signInWithRecoveryCode: 403,
  // Nothing waits for an approval.
  approveRevocation: 404,
  approvePlatformRevocation: 404,
  declineRevocation: 404,
  declinePlatformRevocation: 404,
  revokeTokens: 404,
  revokeTokensOfPlatform: 422,
  openVerifierStream: 426,
  renewAccessToken: 403,
  reportLeaksFromGithub: 404,
  revokeAccessToken: 403,
  revokeVcitaToken: 422,
};

/**
 * A page of our own signs its visitor in, who can sign out then; who is signed in is asked before. What is not good there is
 * the code.
 */
const SIGNED_IN = ['openSession', 'endCurrentSession'];
export const REFUSED_IN_A_BROWSER: Record<string, number> = {
  ...Object.fromEntries(Object.entries(REFUSED_BY_DESIGN).filter(([id]) => !SIGNED_IN.includes(id))),
  signInWithRecoveryCode: 401,
};
