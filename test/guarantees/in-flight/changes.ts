import { GROUP_SCHEMA, PATCH_OP, USER_SCHEMA } from '../../../src/dialects/scim/scim-urns.js';
import type { Api } from '../../support/api.js';
import type { Answer } from '../../support/exchange.js';
import { aSession, OwnPageApi } from '../../support/session.js';
import { aMember, anIdentity, aToken, platform, type TestBusiness } from '../../support/factories.js';

/** What a change needs: somebody's API, and things of the business that it can be done to. */
export interface Subject {
  /** The actor's token, and the actor, naming the business. */
  actorId: string;
  api: Api;
  business: TestBusiness;
  /** Of good tokens: the member's, the identity's, and the one of Token Auth. */
  secrets: string[];
  tokenId: string;
  tokenSecret: string;
  memberId: string;
  identityId: string;
  /** An identity with Token Auth attached, and a token that it got that way. */
  accessIdentityId: string;
  accessTokenId: string;
  platformTokenId: string;
  /** Another account of the member, and a group of the directory that they are in. */
  accountId: string;
  groupId: string;
  /** Of another owner. */
  sessionId: string;
  /** Of another owner's, that waits for an approval. */
  revocationId: string;
}

type ChangeRequest = (subject: Subject) => Promise<Answer>;

const TOKEN_AUTH = '/api/v1/auth/token-auth';
const ISSUER = 'https://id.example.com';

const patched = (operation: object): object => ({ schemas: [PATCH_OP], Operations: [operation] });

/** One good request for each route that a caller of the business changes something by, reads that are recorded included. */
export const BUSINESS_CHANGES: Record<string, ChangeRequest> = {
  'POST /api/v1/tokens': ({ api }) => api.post('/api/v1/tokens', { name: 'another', scopes: ['orders:read'] }),
  'PATCH /api/v1/tokens/{token_id}': ({ api, tokenId }) => api.patch(`/api/v1/tokens/${tokenId}`, { name: 'changed', external_id: 'changed', metadata: { is: 'changed' }, trusted_ips: ['192.0.2.7'] }),
  'POST /api/v1/tokens/{token_id}/rotate': ({ api, tokenId }) => api.post(`/api/v1/tokens/${tokenId}/rotate`, { grace_seconds: 0 }),
  'POST /api/v1/tokens/{token_id}/revoke': ({ api, tokenId }) => api.post(`/api/v1/tokens/${tokenId}/revoke`),
  'PUT /api/v1/scopes/developers': ({ api }) => api.put('/api/v1/scopes/developers', { scopes: ['orders:read'] }),
  'POST /api/v1/leaks': ({ api, tokenSecret }) => api.within(null).post('/api/v1/leaks', { leaks: [{ secret: tokenSecret }] }),
  'POST /api/v1/revocations': ({ api, identityId }) => api.post('/api/v1/revocations', { selector: { identity: identityId }, reason: 'in flight' }),
  'POST /api/v1/revocations/{revocation_id}/approve': ({ api, revocationId }) => api.post(`/api/v1/revocations/${revocationId}/approve`, {}),
  'POST /api/v1/revocations/{revocation_id}/decline': ({ api, revocationId }) => api.post(`/api/v1/revocations/${revocationId}/decline`, { reason: 'in flight' }),
  'POST /api/v1/sessions': ({ api }) => new OwnPageApi(api.url, api.secret).post('/api/v1/sessions', {}),
  'POST /api/v1/sessions/{session_id}/revoke': ({ api, sessionId }) => api.post(`/api/v1/sessions/${sessionId}/revoke`, {}),
  'POST /api/v1/members': ({ api }) => api.post('/api/v1/members', { email: 'another@example.com', name: 'Another', role: 'owner' }),
  'PATCH /api/v1/members/{member_id}': ({ api, memberId }) => api.patch(`/api/v1/members/${memberId}`, { role: 'auditor' }),
  'DELETE /api/v1/members/{member_id}': ({ api, memberId }) => api.delete(`/api/v1/members/${memberId}`),
  'POST /api/v1/identities': ({ api }) => api.post('/api/v1/identities', { name: 'another', role: 'owner' }),
  'PATCH /api/v1/identities/{identity_id}': ({ api, identityId }) => api.patch(`/api/v1/identities/${identityId}`, { role: 'auditor' }),
  'POST /api/v1/identities/{identity_id}/disable': ({ api, identityId }) => api.post(`/api/v1/identities/${identityId}/disable`),
  'POST /api/v1/identities/{identity_id}/enable': ({ api, identityId }) => api.post(`/api/v1/identities/${identityId}/enable`),
  'PATCH /api/v1/identities/{identityId}': ({ api, identityId }) => api.within(null).patch(`/api/v1/identities/${identityId}`, { name: 'changed' }),
  'DELETE /api/v1/identities/{identityId}': ({ api, identityId }) => api.within(null).delete(`/api/v1/identities/${identityId}`),
  'PUT /api/v1/audit/retention': ({ api }) => api.put('/api/v1/audit/retention', { months: 24 }),
  'GET /api/v1/audit/events': ({ api }) => api.get('/api/v1/audit/events'),
  'GET /api/v1/audit/export': ({ api }) => api.get('/api/v1/audit/export'),
  'POST /api/public/v1/tokens': ({ api }) => api.within(null).post('/api/public/v1/tokens', { name: 'another', scopes: ['orders:read'] }),
  [`POST ${TOKEN_AUTH}/identities/{identityId}`]: ({ api, identityId }) => api.within(null).post(`${TOKEN_AUTH}/identities/${identityId}`, {}),
  [`PATCH ${TOKEN_AUTH}/identities/{identityId}`]: ({ api, accessIdentityId }) => api.within(null).patch(`${TOKEN_AUTH}/identities/${accessIdentityId}`, { accessTokenNumUsesLimit: 7 }),
  [`DELETE ${TOKEN_AUTH}/identities/{identityId}`]: ({ api, accessIdentityId }) => api.within(null).delete(`${TOKEN_AUTH}/identities/${accessIdentityId}`),
  [`POST ${TOKEN_AUTH}/identities/{identityId}/tokens`]: ({ api, accessIdentityId }) => api.within(null).post(`${TOKEN_AUTH}/identities/${accessIdentityId}/tokens`, { name: 'another' }),
  [`PATCH ${TOKEN_AUTH}/tokens/{tokenId}`]: ({ api, accessTokenId }) => api.within(null).patch(`${TOKEN_AUTH}/tokens/${accessTokenId}`, { name: 'changed' }),
  [`POST ${TOKEN_AUTH}/tokens/{tokenId}/revoke`]: ({ api, accessTokenId }) => api.within(null).post(`${TOKEN_AUTH}/tokens/${accessTokenId}/revoke`),
  'POST /api/v1/members/{member_id}/accounts': ({ api, memberId }) => api.post(`/api/v1/members/${memberId}/accounts`, { issuer: ISSUER, subject: 'another' }),
  'DELETE /api/v1/members/{member_id}/accounts/{account_id}': ({ api, memberId, accountId }) => api.delete(`/api/v1/members/${memberId}/accounts/${accountId}`),
  'PUT /api/v1/role-mapping': ({ api }) => api.put('/api/v1/role-mapping', { groups: [{ group: 'in flight', role: 'admin' }], default_role: 'no-access' }),
  'POST /scim/v2/Users': ({ api }) => api.within(null).post('/scim/v2/Users', { schemas: [USER_SCHEMA], userName: 'another@example.com' }),
  'PUT /scim/v2/Users/{id}': ({ api, memberId }) => api.within(null).put(`/scim/v2/Users/${memberId}`, { schemas: [USER_SCHEMA], userName: 'changed@example.com' }),
  'PATCH /scim/v2/Users/{id}': ({ api, memberId }) => api.within(null).patch(`/scim/v2/Users/${memberId}`, patched({ op: 'replace', value: { active: false } })),
  'DELETE /scim/v2/Users/{id}': ({ api, memberId }) => api.within(null).delete(`/scim/v2/Users/${memberId}`),
  'POST /scim/v2/Groups': ({ api }) => api.within(null).post('/scim/v2/Groups', { schemas: [GROUP_SCHEMA], displayName: 'another' }),
  'PUT /scim/v2/Groups/{id}': ({ api, groupId }) => api.within(null).put(`/scim/v2/Groups/${groupId}`, { schemas: [GROUP_SCHEMA], displayName: 'changed' }),
  'PATCH /scim/v2/Groups/{id}': ({ api, groupId }) => api.within(null).patch(`/scim/v2/Groups/${groupId}`, patched({ op: 'remove', path: 'members' })),
  'DELETE /scim/v2/Groups/{id}': ({ api, groupId }) => api.within(null).delete(`/scim/v2/Groups/${groupId}`),
  'POST /platform/v1/tokens': ({ api, identityId }) => api.within(null).post('/platform/v1/tokens', { app_id: identityId }),
  'POST /platform/v1/tokens/revoke': ({ api, tokenId }) => api.within(null).post('/platform/v1/tokens/revoke', { token: tokenId }),
}; // prettier-ignore

/** The same for routes of the platform. */
export const PLATFORM_CHANGES: Record<string, ChangeRequest> = {
  'POST /api/v1/admin/businesses': ({ api }) => api.post('/api/v1/admin/businesses', { name: 'Another' }),
  'PATCH /api/v1/admin/businesses/{business_id}': ({ api, business }) => api.patch(`/api/v1/admin/businesses/${business.id}`, { name: 'changed' }),
  'POST /api/v1/admin/businesses/{business_id}/suspend': ({ api, business }) => api.post(`/api/v1/admin/businesses/${business.id}/suspend`, {}),
  'POST /api/v1/admin/businesses/{business_id}/resume': ({ api, business }) => api.post(`/api/v1/admin/businesses/${business.id}/resume`),
  'POST /api/v1/admin/businesses/{business_id}/members': ({ api, business }) => api.post(`/api/v1/admin/businesses/${business.id}/members`, { email: 'another@example.com', name: 'Another', role: 'owner' }),
  'PATCH /api/v1/admin/businesses/{business_id}/members/{member_id}': ({ api, business, memberId }) => api.patch(`/api/v1/admin/businesses/${business.id}/members/${memberId}`, { role: 'admin' }),
  'DELETE /api/v1/admin/businesses/{business_id}/members/{member_id}': ({ api, business, memberId }) => api.delete(`/api/v1/admin/businesses/${business.id}/members/${memberId}`),
  'POST /api/v1/admin/tokens': ({ api }) => api.post('/api/v1/admin/tokens', { name: 'another' }),
  'POST /api/v1/admin/tokens/{token_id}/revoke': ({ api, platformTokenId }) => api.post(`/api/v1/admin/tokens/${platformTokenId}/revoke`),
  'POST /api/v1/admin/revocations': ({ api }) => api.post('/api/v1/admin/revocations', { selector: { platform: true }, issued_before: '2020-01-01T00:00:00Z', reason: 'in flight' }),
  'PUT /api/v1/admin/audit/retention': ({ api }) => api.put('/api/v1/admin/audit/retention', { months: 24 }),
  'GET /api/v1/admin/audit/events': ({ api }) => api.get('/api/v1/admin/audit/events'),
}; // prettier-ignore

/** Things of `business` for the actor to change. */
export async function aSubject(
  { id: actorId, api }: { id: string; api: Api },
  business: TestBusiness,
): Promise<Subject> {
  const member = await aMember(business);
  const identity = await anIdentity(business);
  const access = await anIdentity(business);
  const token = await aToken(business, { member, scopes: ['orders:read'] });
  const config = `${TOKEN_AUTH}/identities/${access.id}`;
  await business.api.post(config, {});
  const { body } = await business.api.post(`${config}/tokens`, {});
  const ofIdentity = await aToken(business, { identityId: identity.id, scopes: ['orders:read'] });
  const { body: account } = await business.api.post(`/api/v1/members/${member.id}/accounts`, {
    issuer: ISSUER,
    subject: member.id,
  });
  const { body: group } = await business.api.post('/scim/v2/Groups', {
    schemas: [GROUP_SCHEMA],
    displayName: `of ${member.id}`,
    members: [{ value: member.id }],
  });
  const spare = await (await platform(business.api.url)).post('/api/v1/admin/tokens', { name: 'spare' });
  return {
    actorId,
    api,
    business,
    secrets: [token.secret, ofIdentity.secret, body.accessToken as string],
    tokenId: token.id,
    tokenSecret: token.secret,
    memberId: member.id,
    identityId: identity.id,
    accessIdentityId: access.id,
    accessTokenId: body.tokenData.id as string,
    platformTokenId: spare.body.token_info.id as string,
    accountId: account.id as string,
    groupId: group.id as string,
    sessionId: (await aSession((await aToken(business, { member })).api)).id,
    revocationId: await aRevocationThatWaits(business, member.email),
  };
}

async function aRevocationThatWaits(business: TestBusiness, owner: string): Promise<string> {
  const path = `/api/v1/admin/businesses/${business.id}`;
  const { api } = await aToken(business, { role: 'owner' });
  await business.api.within(null).patch(path, { approval_above: 0 });
  const { body } = await api.post('/api/v1/revocations', { selector: { owner }, reason: 'in flight' });
  await business.api.within(null).patch(path, { approval_above: null });
  return body.id as string;
}
