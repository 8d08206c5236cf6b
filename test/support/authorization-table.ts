import type { Verifiers } from '../../src/changes/change.js';
import type { Rule, Scope } from './authorization-rules.js';

export interface Authorization {
  /** `open`: no credential is asked for. `any`: any good token will do. `session`: a session alone will do. */
  scope: Scope | 'open' | 'any' | 'session';
  /** Another scope that is enough. */
  or?: Scope;
  /** How it is judged whom or what it is about; left out: it is about nobody in particular. */
  rule?: Rule;
  /** What is done without the scope: a token to itself, or one that OpenTrain issued for its account. */
  without?: 'to itself' | 'from OpenTrain';
  /** Whether it is answered only when no verifier goes by the state before it. Left out by whatever changes nothing. */
  verifiers?: Verifiers;
}

/** For what may lower somebody's rights, or change what a verdict says, if not by every request. */
const waits = (authorization: Authorization): Authorization => ({ ...authorization, verifiers: 'wait' });
const waitsNot = (authorization: Authorization): Authorization => ({
  ...authorization,
  verifiers: 'unconcerned',
});

const PLATFORM: Authorization = { scope: 'rescind:platform:admin' };
const OPEN: Authorization = { scope: 'open' };
const READ_LOG: Authorization = { scope: 'rescind:audit:read' };
const READ_PEOPLE: Authorization = { scope: 'rescind:members:read' };
const READ_TOKEN: Authorization = { scope: 'rescind:tokens:read', rule: 'read' };
const MANAGE_TOKEN: Authorization = { scope: 'rescind:tokens:write', rule: 'manage' };
const REVOKE_TOKEN: Authorization = { scope: 'rescind:tokens:write', rule: 'revoke', without: 'to itself' };
const WRITE_PEOPLE: Authorization = { scope: 'rescind:members:write' };
const ISSUE: Authorization = { scope: 'rescind:tokens:write', rule: 'issue' };
const ADMINISTER: Authorization = { scope: 'rescind:members:write', rule: 'administer' };
const READ_DIRECTORY: Authorization = { ...READ_PEOPLE, or: 'rescind:directory:write' };
const WRITE_DIRECTORY: Authorization = { ...WRITE_PEOPLE, or: 'rescind:directory:write' };
const PROVIDE: Authorization = { ...ADMINISTER, or: 'rescind:directory:write' };

/**
 * Every documented operation of every dialect, by its operationId, and what it asks of its caller. An operation that is
 * not here fails the tests; so does a line here without an operation.
 */
export const AUTHORIZATION: Record<string, Authorization> = {
  // The native API: tokens.
  listTokens: { scope: 'rescind:tokens:read' },
  findTokens: { scope: 'rescind:tokens:read' },
  issueToken: waitsNot(ISSUE),
  verifyToken: { scope: 'rescind:tokens:verify' },
  verifyTokens: { scope: 'rescind:tokens:verify' },
  openVerifierStream: { scope: 'rescind:tokens:verify' },
  getToken: READ_TOKEN,
  getTokenLineage: { scope: 'rescind:business:admin' },
  getRevocationReceipt: READ_TOKEN,
  getTokenUsage: READ_TOKEN,
  getUsage: READ_LOG,
  changeToken: waits(MANAGE_TOKEN),
  rotateToken: waits(MANAGE_TOKEN),
  revokeToken: waits(REVOKE_TOKEN),
  // Revocations of many tokens.
  revokeTokens: waits(ISSUE),
  approveRevocation: waits({ scope: 'rescind:tokens:write', rule: 'approve' }),
  declineRevocation: waitsNot({ scope: 'rescind:tokens:write', rule: 'decline' }),
  listRevocations: { scope: 'rescind:tokens:read' },
  getRevocation: { scope: 'rescind:tokens:read', rule: 'readRevocation' },
  listRevokedTokens: { scope: 'rescind:tokens:read', rule: 'readRevocation' },
  getRevocationsReceipt: { scope: 'rescind:tokens:read', rule: 'readRevocation' },
  reportHygiene: { scope: 'rescind:tokens:read' },
  // Sessions.
  listSignInWays: OPEN,
  openSession: waitsNot({ scope: 'any' }),
  getCurrentSession: { scope: 'session' },
  endCurrentSession: waits({ scope: 'session' }),
  listSessions: { scope: 'rescind:tokens:read' },
  getSessionReceipt: { scope: 'rescind:tokens:read', rule: 'readSession' },
  revokeSession: waits({ scope: 'rescind:tokens:write', rule: 'revokeSession' }),
  getScopeCatalogue: { scope: 'rescind:tokens:write' },
  setDeveloperScopes: waitsNot({ scope: 'rescind:business:admin' }),
  getOverview: { scope: 'rescind:tokens:read' },
  // Members and identities.
  listMembers: READ_PEOPLE,
  getMember: READ_PEOPLE,
  addMember: waitsNot(ADMINISTER),
  changeMember: waits(ADMINISTER),
  removeMember: waits(ADMINISTER),
  listMemberAccounts: READ_PEOPLE,
  linkMemberAccount: waitsNot({ scope: 'rescind:business:admin', rule: 'link' }),
  unlinkMemberAccount: waits(ADMINISTER),
  getRoleMapping: READ_PEOPLE,
  setRoleMapping: waits({ scope: 'rescind:business:admin' }),
  listIdentities: READ_PEOPLE,
  getIdentity: READ_PEOPLE,
  createIdentity: waitsNot(ADMINISTER),
  changeIdentity: waits(ADMINISTER),
  disableIdentity: waits(ADMINISTER),
  enableIdentity: waitsNot(ADMINISTER),
  listOwnBusinesses: { scope: 'any' },
  reportLeaks: waits({ scope: 'any' }),
  reportLeaksFromGithub: waits(OPEN),
  // Where people and their providers come in.
  startOidcSignIn: OPEN,
  finishOidcSignIn: OPEN,
  endSessionsOfProvider: waits(OPEN),
  signInWithRecoveryCode: waitsNot(OPEN),
  // The audit log.
  listAuditEvents: READ_LOG,
  summariseAuditLog: READ_LOG,
  exportAuditLog: READ_LOG,
  streamAuditEvents: READ_LOG,
  getAuditEvent: READ_LOG,
  getAuditProof: READ_LOG,
  getAuditCheckpoint: READ_LOG,
  getAuditAnchor: READ_LOG,
  getAuditKey: READ_LOG,
  getAuditConsistency: READ_LOG,
  getAuditRetention: READ_LOG,
  setAuditRetention: waitsNot({ scope: 'rescind:business:admin' }),
  // The platform.
  listBusinesses: PLATFORM,
  createBusiness: waitsNot(PLATFORM),
  getBusiness: PLATFORM,
  changeBusiness: waitsNot(PLATFORM),
  suspendBusiness: waits(PLATFORM),
  resumeBusiness: waits(PLATFORM),
  listBusinessMembers: PLATFORM,
  listMemberships: PLATFORM,
  addBusinessMember: waitsNot(PLATFORM),
  changeBusinessMember: waits(PLATFORM),
  removeBusinessMember: waits(PLATFORM),
  listPlatformTokens: PLATFORM,
  listClientVerifiers: PLATFORM,
  getPlatformOverview: PLATFORM,
  getPlatformUsage: PLATFORM,
  getPlatformTokenUsage: PLATFORM,
  revokeTokensOfPlatform: waits(PLATFORM),
  approvePlatformRevocation: waits({ ...PLATFORM, rule: 'approveOfPlatform' }),
  declinePlatformRevocation: waitsNot({ ...PLATFORM, rule: 'approveOfPlatform' }),
  listPlatformRevocations: PLATFORM,
  getPlatformRevocation: PLATFORM,
  listTokensOfPlatformRevocation: PLATFORM,
  issuePlatformToken: waitsNot(PLATFORM),
  revokePlatformToken: waits(PLATFORM),
  exportPlatformAuditLog: PLATFORM,
  streamPlatformAuditEvents: PLATFORM,
  listAuditEventsAcrossBusinesses: PLATFORM,
  getPlatformAuditProof: PLATFORM,
  getPlatformAuditCheckpoint: PLATFORM,
  getPlatformAuditKey: PLATFORM,
  getPlatformAuditConsistency: PLATFORM,
  getPlatformAuditRetention: PLATFORM,
  setPlatformAuditRetention: waitsNot(PLATFORM),
  // OpenTrain: an account is the owner of the calling token.
  listOpenTrainTokens: { scope: 'rescind:tokens:read', without: 'from OpenTrain' },
  createOpenTrainToken: waitsNot({ scope: 'rescind:tokens:write', without: 'from OpenTrain' }),
  revokeOpenTrainToken: waits({ scope: 'rescind:tokens:write', rule: 'revokeOwn', without: 'to itself' }),
  getOpenTrainMe: { scope: 'any' },
  revokeOpenTrainIdentity: waits(OPEN),
  revokeOpenTrainOAuth: waits(OPEN),
  // Infisical.
  listInfisicalOrganizations: { scope: 'any' },
  getInfisicalIdentity: READ_PEOPLE,
  createInfisicalIdentity: waitsNot(ADMINISTER),
  changeInfisicalIdentity: waits(ADMINISTER),
  deleteInfisicalIdentity: waits(ADMINISTER),
  getIdentityDetails: { scope: 'any' },
  getTokenAuth: READ_PEOPLE,
  attachTokenAuth: waitsNot(ADMINISTER),
  changeTokenAuth: waits(ADMINISTER),
  detachTokenAuth: waits(ADMINISTER),
  createTokenAuthToken: waitsNot(ISSUE),
  listTokenAuthTokens: { scope: 'rescind:tokens:read', rule: 'listOf' },
  getTokenAuthToken: READ_TOKEN,
  getTokenAuthTokenOfIdentity: READ_TOKEN,
  renameTokenAuthToken: waitsNot(MANAGE_TOKEN),
  revokeTokenAuthToken: waits(REVOKE_TOKEN),
  renewAccessToken: waits(OPEN),
  revokeAccessToken: waits(OPEN),
  // vcita.
  listVcitaTokens: { scope: 'rescind:tokens:read' },
  createVcitaToken: waitsNot(ISSUE),
  revokeVcitaToken: waits(REVOKE_TOKEN),
  // SCIM: users are members; a group is about nobody until a role is mapped to it.
  getScimConfig: READ_DIRECTORY,
  listScimResourceTypes: READ_DIRECTORY,
  getScimResourceType: READ_DIRECTORY,
  listScimSchemas: READ_DIRECTORY,
  getScimSchema: READ_DIRECTORY,
  listScimUsers: READ_DIRECTORY,
  getScimUser: READ_DIRECTORY,
  createScimUser: waits(WRITE_DIRECTORY),
  replaceScimUser: waits(PROVIDE),
  patchScimUser: waits(PROVIDE),
  deleteScimUser: waits(PROVIDE),
  listScimGroups: READ_DIRECTORY,
  getScimGroup: READ_DIRECTORY,
  createScimGroup: waits(WRITE_DIRECTORY),
  replaceScimGroup: waits(WRITE_DIRECTORY),
  patchScimGroup: waits(WRITE_DIRECTORY),
  deleteScimGroup: waits(WRITE_DIRECTORY),
  // The OAuth standards and the gateway.
  introspect: { scope: 'rescind:tokens:verify' },
  revokeSecret: waits(OPEN),
  describeAuthorizationServer: OPEN,
  describeProtectedResource: OPEN,
  listSigningKeys: OPEN,
  authorizeRequest: { scope: 'any' },
  // The process itself.
  isLive: OPEN,
  isReady: OPEN,
  readMetrics: OPEN,
};
