import { randomUUID } from 'node:crypto';
import { GROUP_SCHEMA, PATCH_OP, USER_SCHEMA } from '../../../src/dialects/scim/scim-urns.js';
import {
  aBusiness,
  aMember,
  anIdentity,
  aToken,
  platform,
  type Role,
  type TestBusiness,
  type TestToken,
} from '../../support/factories.js';
import { sql } from '../../support/databases.js';
import { aSession } from '../../support/session.js';
import { sharedApp } from '../../support/shared-app.js';
import type { Caller, Target } from '../../support/authorization-rules.js';
import { issuedTo, tokenOf, type AuthorizationWorld } from './world.js';

/** One request to an operation. */
export interface Call {
  /** Fills the parameters of the path. */
  ids?: Record<string, string>;
  query?: string;
  body?: object;
  form?: [string, string][];
  headers?: [string, string][];
  /** In place of the caller's: the token that the request is about is also the one that asks. */
  secret?: string;
}

/** Who asks, about whom. */
interface Case {
  world: AuthorizationWorld;
  caller: Caller;
  target: Target;
  /** Of the token that it is about; left out: all that its owner's role allows. */
  scopes?: string[];
}

type Calls = (subject: Case) => Promise<Call[]>;

const TOKEN_AUTH = '/api/v1/auth/token-auth/identities';
const text = () => `n${randomUUID().slice(0, 8)}`;

/** A request about a fresh token. @param machine of identities only; a case without one is left out */
const aboutToken =
  (call: (token: TestToken) => Call, { machine = false } = {}): Calls =>
  async (subject) => {
    const { world, caller, target } = subject;
    const token = await tokenOf(world, caller, target, machine, subject.scopes);
    return [{ ...call(token), ...(target === 'itself' ? { secret: token.secret } : {}) }];
  };

const byId = (parameter: string, body?: object) =>
  aboutToken(({ id }) => ({ ids: { [parameter]: id }, ...(body === undefined ? {} : { body }) }));

/** A request about a fresh member or identity of the target's role. */
const aboutMember =
  (...bodies: object[]): Calls =>
  async ({ world, target }) => {
    const calls = bodies.map(async (body) => {
      const { id } = await aMember(world.business, target as Role);
      return { ids: { member_id: id }, body };
    });
    return Promise.all(calls);
  };

async function anIdentityFor({ world, caller, target }: Case): Promise<string | null> {
  if (target !== 'oneself') return (await anIdentity(world.business, target as Role)).id;
  return world.owners[caller]?.identity_id ?? null;
}

async function aSessionFor({ world, caller, target }: Case): Promise<string> {
  const owner =
    target === 'oneself' ? world.owners[caller] : { owner_email: world.others[target as Role].email };
  const { api } = await issuedTo(world.business, owner ?? {});
  return (await aSession(api)).id;
}

const aboutIdentity =
  (
    parameter: string,
    body: object | undefined,
    prepare?: (world: AuthorizationWorld, id: string) => Promise<unknown>,
  ): Calls =>
  async (subject) => {
    const id = await anIdentityFor(subject);
    if (id === null) return [];
    await prepare?.(subject.world, id);
    return [{ ids: { [parameter]: id }, ...(body === undefined ? {} : { body }) }];
  };

const attach = ({ business }: AuthorizationWorld, id: string) => business.api.post(`${TOKEN_AUTH}/${id}`, {});
const disable = ({ business }: AuthorizationWorld, id: string) =>
  business.api.post(`/api/v1/identities/${id}/disable`);

/** What the identity is named when a token is issued: a member and an identity, each by its own request. */
const issueTo =
  (
    toMember: (member: { id: string; email: string }) => object,
    toIdentity: (id: string) => object,
    toOneself?: object,
  ): Calls =>
  async ({ world, target }) => {
    if (target === 'oneself') return toOneself === undefined ? [] : [{ body: toOneself }];
    const role = target as Role;
    const identity = await anIdentity(world.business, role);
    return [{ body: toMember(world.others[role]) }, { body: toIdentity(identity.id) }];
  };

/** So that nobody who is needed later is cut off. */
const BEFORE_ALL = '2020-01-01T00:00:00Z';

/** A revocation of the tokens of an identity. */
const aboutRevocation: Calls = async (subject) => {
  const identity = await anIdentityFor(subject);
  if (identity === null) return [];
  const { body } = await subject.world.business.api.post('/api/v1/revocations', {
    selector: { identity },
    reason: 'x',
    issued_before: BEFORE_ALL,
  });
  return [{ ids: { revocation_id: body.id as string } }];
};

/** A revocation that somebody of the target's role has asked for, of their own tokens. */
const aboutAskedRevocation =
  (about: object): Calls =>
  async ({ world: { business }, target }) => {
    const setting = `/api/v1/admin/businesses/${business.id}`;
    const member = await aMember(business, target as Role);
    const { api } = await aToken(business, { member });
    await (await platform()).patch(setting, { approval_above: 0 });
    const call = { selector: { owner: member.email }, reason: 'x' };
    const { body } = await api.post('/api/v1/revocations', call);
    await (await platform()).patch(setting, { approval_above: null });
    return [{ ids: { revocation_id: body.id as string }, body: about }];
  };

const aScimUser = (userName: string) => ({ schemas: [USER_SCHEMA], userName });
const aScimGroup = () => ({ schemas: [GROUP_SCHEMA], displayName: text() });
const aScimPatch = (...Operations: object[]) => ({ schemas: [PATCH_OP], Operations });
const anExistingScimGroup = async ({ api }: TestBusiness): Promise<string> =>
  (await api.post('/scim/v2/Groups', aScimGroup())).body.id as string;

/** Infisical's word for a role. */
const infisicalRole = (target: Target): string => (target === 'developer' ? 'member' : target);

/** Requests that each rule is tried with, by operation; of a rule's operations none may be missing. */
export const ABOUT_SOMEBODY: Record<string, Calls> = {
  issueToken: issueTo(
    ({ email }) => ({ name: text(), owner_email: email }),
    (id) => ({ name: text(), identity_id: id }),
    { name: 'mine' },
  ),
  getToken: byId('token_id'),
  getTokenUsage: byId('token_id'),
  changeToken: byId('token_id', { name: 'renamed' }),
  rotateToken: byId('token_id', {}),
  revokeToken: byId('token_id', {}),
  getRevocationReceipt: async (subject) => {
    if (subject.target === 'itself') return [];
    const token = await tokenOf(subject.world, subject.caller, subject.target, false);
    await subject.world.business.api.post(`/api/v1/tokens/${token.id}/revoke`);
    return [{ ids: { token_id: token.id } }];
  },
  revokeSession: async (subject) => [{ ids: { session_id: await aSessionFor(subject) }, body: {} }],
  getSessionReceipt: async (subject) => {
    const id = await aSessionFor(subject);
    await subject.world.business.api.post(`/api/v1/sessions/${id}/revoke`, {});
    return [{ ids: { session_id: id } }];
  },
  approveRevocation: aboutAskedRevocation({}),
  declineRevocation: aboutAskedRevocation({ reason: 'x' }),
  approvePlatformRevocation: () => Promise.resolve([{ ids: { revocation_id: randomUUID() }, body: {} }]),
  declinePlatformRevocation: () =>
    Promise.resolve([{ ids: { revocation_id: randomUUID() }, body: { reason: 'x' } }]),
  revokeTokens: issueTo(
    ({ email }) => ({ selector: { owner: email }, reason: 'x', issued_before: BEFORE_ALL }),
    (id) => ({ selector: { identity: id }, reason: 'x', issued_before: BEFORE_ALL }),
  ),
  getRevocation: aboutRevocation,
  listRevokedTokens: aboutRevocation,
  getRevocationsReceipt: aboutRevocation,
  addMember: ({ target }) =>
    Promise.resolve([{ body: { email: `${text()}@example.com`, name: 'somebody', role: target } }]),
  changeMember: async (subject) => [
    ...(await aboutMember({ name: 'renamed' }, { role: 'developer' })(subject)),
    {
      ids: { member_id: (await aMember(subject.world.business, 'developer')).id },
      body: { role: subject.target },
    },
  ],
  removeMember: aboutMember({}),
  linkMemberAccount: (subject) =>
    aboutMember({ issuer: 'https://id.example.com', subject: randomUUID() })(subject),
  unlinkMemberAccount: async ({ world, target }) => {
    const { id } = await aMember(world.business, target as Role);
    return [{ ids: { member_id: id, account_id: await anAccountOf(world.business, id) } }];
  },
  replaceScimUser: async ({ world, target }) =>
    Promise.all(
      [{}, { active: false }].map(async (more) => {
        const { id, email } = await aMember(world.business, target as Role);
        return { ids: { id }, body: { ...aScimUser(email), ...more } };
      }),
    ),
  patchScimUser: async ({ world, target }) =>
    Promise.all(
      [{ displayName: 'renamed' }, { active: false }].map(async (value) => {
        const { id } = await aMember(world.business, target as Role);
        return { ids: { id }, body: aScimPatch({ op: 'replace', value }) };
      }),
    ),
  deleteScimUser: async ({ world, target }) => [
    { ids: { id: (await aMember(world.business, target as Role)).id } },
  ],
  createIdentity: ({ target }) => Promise.resolve([{ body: { name: text(), role: target } }]),
  changeIdentity: async (subject) => [
    ...(await aboutIdentity('identity_id', { name: text() })(subject)),
    ...(await aboutIdentity('identity_id', { role: 'developer' })(subject)),
    {
      ids: { identity_id: (await anIdentity(subject.world.business, 'developer')).id },
      body: { role: subject.target },
    },
  ],
  disableIdentity: aboutIdentity('identity_id', {}),
  enableIdentity: aboutIdentity('identity_id', undefined, disable),
  revokeOpenTrainToken: byId('tokenId'),
  createInfisicalIdentity: ({ world, target }) =>
    Promise.resolve([
      { body: { name: text(), organizationId: world.business.id, role: infisicalRole(target) } },
    ]),
  changeInfisicalIdentity: async (subject) => [
    ...(await aboutIdentity('identityId', { name: text() })(subject)),
    ...(await aboutIdentity('identityId', { role: 'no-access' })(subject)),
    {
      ids: { identityId: (await anIdentity(subject.world.business, 'developer')).id },
      body: { role: infisicalRole(subject.target) },
    },
  ],
  deleteInfisicalIdentity: aboutIdentity('identityId', undefined),
  attachTokenAuth: aboutIdentity('identityId', {}),
  changeTokenAuth: aboutIdentity('identityId', { accessTokenTTL: 60 }, attach),
  detachTokenAuth: aboutIdentity('identityId', undefined, attach),
  createTokenAuthToken: aboutIdentity('identityId', {}, attach),
  listTokenAuthTokens: aboutIdentity('identityId', undefined, attach),
  getTokenAuthToken: byId('tokenId'),
  getTokenAuthTokenOfIdentity: async (subject) => {
    const { world, caller, target } = subject;
    const token = await tokenOf(world, caller, target, true);
    const { body } = await world.business.api.get(`/api/v1/tokens/${token.id}`);
    if (body.owner.kind !== 'identity') return [];
    const ids = { identityId: body.owner.id as string, tokenId: token.id };
    return [{ ids, ...(target === 'itself' ? { secret: token.secret } : {}) }];
  },
  renameTokenAuthToken: byId('tokenId', { name: 'renamed' }),
  revokeTokenAuthToken: byId('tokenId', {}),
  createVcitaToken: issueTo(
    ({ id }) => ({ user_id: id }),
    (id) => ({ app_id: id }),
  ),
  revokeVcitaToken: async (subject) => [
    ...(await aboutToken(({ id }) => ({ body: { token_id: id } }))(subject)),
    ...(await aboutToken(({ secret }) => ({ body: { token: secret } }))(subject)),
  ],
};

/** A request that is fine in itself, for operations that are about nobody in particular. */
export async function aGoodCall(operationId: string, world: AuthorizationWorld): Promise<Call> {
  const { business } = world;
  const secretOfNoUse = async () => (await issuedTo(business, world.owners.developer ?? {}, [])).secret;
  switch (operationId) {
    case 'verifyToken':
      return { body: { token: await secretOfNoUse() } };
    case 'openSession':
      return { headers: [['sec-fetch-site', 'same-origin']] };
    case 'findTokens':
      return { body: { fragment: '0'.repeat(22) } };
    case 'listMemberships':
      return { query: '?email=nobody@example.com' };
    case 'reportLeaks':
      return { body: { leaks: [{ secret: await secretOfNoUse() }] } };
    case 'verifyTokens':
      return { body: { items: [{ token: await secretOfNoUse() }] } };
    case 'introspect':
    case 'revokeSecret':
    case 'revokeOpenTrainIdentity':
    case 'revokeOpenTrainOAuth':
      return { form: [['token', await secretOfNoUse()]] };
    case 'renewAccessToken':
    case 'revokeAccessToken':
      return { body: { accessToken: await secretOfNoUse() } };
    case 'startOidcSignIn':
    case 'finishOidcSignIn':
      return { ids: { provider: 'none' } };
    case 'endSessionsOfProvider':
      return { ids: { provider: 'none' }, form: [['logout_token', 'x']] };
    case 'signInWithRecoveryCode':
      return { body: { business: business.id, code: 'x' } };
    case 'setDeveloperScopes':
      return { body: { scopes: [`${text()}:read`] } };
    case 'setRoleMapping':
      return { body: { groups: [{ group: text(), role: 'developer' }], default_role: 'no-access' } };
    case 'getScimResourceType':
      return { ids: { id: 'User' } };
    case 'getScimSchema':
      return { ids: { id: USER_SCHEMA } };
    case 'getScimUser':
      return { ids: { id: world.others.developer.id } };
    case 'createScimUser':
      return { body: aScimUser(`${text()}@example.com`) };
    case 'createScimGroup':
      return { body: aScimGroup() };
    case 'getScimGroup':
    case 'replaceScimGroup':
    case 'deleteScimGroup':
      return { ids: { id: await anExistingScimGroup(business) }, body: aScimGroup() };
    case 'patchScimGroup':
      return {
        ids: { id: await anExistingScimGroup(business) },
        body: aScimPatch({ op: 'replace', path: 'displayName', value: text() }),
      };
    case 'listMemberAccounts':
    case 'getMember':
      return { ids: { member_id: world.others.developer.id } };
    case 'getTokenLineage':
      return { ids: { token_id: (await aToken(business, { role: 'developer' })).id } };
    case 'getIdentity':
      return { ids: { identity_id: (await anIdentity(business)).id } };
    case 'getInfisicalIdentity':
      return { ids: { identityId: (await anIdentity(business)).id } };
    case 'getTokenAuth': {
      const { id } = await anIdentity(business);
      await attach(world, id);
      return { ids: { identityId: id } };
    }
    case 'getAuditEvent':
    case 'getAuditProof':
      return { ids: { event_id: await anEventOf(business.id) } };
    case 'getAuditConsistency':
      return { query: '?from=1&to=1' };
    case 'setAuditRetention':
    case 'setPlatformAuditRetention':
      return { body: { months: null } };
    case 'createOpenTrainToken':
      return { body: { name: text() } };
    case 'issuePlatformToken':
      return { body: { name: text() } };
    case 'createBusiness':
      return { body: { name: text() } };
    case 'revokeTokensOfPlatform':
      return { body: { selector: { platform: true }, reason: 'x', issued_before: BEFORE_ALL } };
    case 'getPlatformRevocation':
    case 'listTokensOfPlatformRevocation':
      return { ids: { revocation_id: await aPlatformRevocation() } };
    case 'revokePlatformToken':
    case 'getPlatformTokenUsage':
      return { ids: { token_id: await aPlatformToken() } };
    default:
      return aboutBusiness(operationId);
  }
}

/** The platform's operations on a business: it is one of their own, since some of them end it. */
async function aboutBusiness(operationId: string): Promise<Call> {
  const business = await aBusiness();
  const ids = { business_id: business.id };
  switch (operationId) {
    case 'addBusinessMember':
      return { ids, body: { email: `${text()}@example.com`, name: 'somebody', role: 'owner' } };
    case 'changeBusinessMember':
    case 'removeBusinessMember': {
      const member = await aMember(business);
      return { ids: { ...ids, member_id: member.id }, body: {} };
    }
    case 'getPlatformAuditProof':
      return { ids: { event_id: await anEventOf('00000000-0000-0000-0000-000000000000') } };
    case 'getPlatformAuditConsistency':
      return { query: '?from=1&to=1' };
    case 'changeBusiness':
      return { ids, body: { name: text() } };
    default:
      return { ids };
  }
}

async function anEventOf(log: string): Promise<string> {
  const [event] = await sql<{ id: string }>(
    (await sharedApp()).databaseUrl,
    'SELECT id FROM audit_events WHERE business_id = $1 ORDER BY sequence LIMIT 1',
    [log],
  );
  return event?.id ?? randomUUID();
}

async function anAccountOf(business: TestBusiness, memberId: string): Promise<string> {
  const account = { issuer: 'https://id.example.com', subject: randomUUID() };
  return (await business.api.post(`/api/v1/members/${memberId}/accounts`, account)).body.id as string;
}

async function aPlatformToken(): Promise<string> {
  const { body } = await (await platform()).post('/api/v1/admin/tokens', { name: text() });
  return body.token_info.id as string;
}

async function aPlatformRevocation(): Promise<string> {
  const request = { selector: { platform: true }, reason: 'x', issued_before: BEFORE_ALL };
  return (await (await platform()).post('/api/v1/admin/revocations', request)).body.id as string;
}
