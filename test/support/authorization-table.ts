import type { Rule, Scope } from './authorization-rules.js';

export interface Authorization {
  /** `open`: no credential is asked for. `any`: any good token will do. `session`: a session alone will do. */
  scope: Scope | 'open' | 'any' | 'session';
  /** How it is judged whom or what it is about; left out: it is about nobody in particular. */
  rule?: Rule;
  /** What is done without the scope: a token to itself, or one that OpenTrain issued for its account. */
  without?: 'to itself' | 'from OpenTrain';
}

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

/**
 * Every documented operation of every dialect, by its operationId, and what it asks of its caller. An operation that is
 * not here fails the tests; so does a line here without an operation.
 */
export const AUTHORIZATION: Record<string, Authorization> = {
  // The native API: tokens.
  listTokens: { scope: 'rescind:tokens:read' },
  findTokens: { scope: 'rescind:tokens:read' },
  issueToken: ISSUE,
  verifyToken: { scope: 'rescind:tokens:verify' },
  verifyTokens: { scope: 'rescind:tokens:verify' },
  openVerifierStream: { scope: 'rescind:tokens:verify' },
  getToken: READ_TOKEN,
  getRevocationReceipt: READ_TOKEN,
  getTokenUsage: READ_TOKEN,
  getUsage: READ_LOG,
  changeToken: MANAGE_TOKEN,
  rotateToken: MANAGE_TOKEN,
  revokeToken: REVOKE_TOKEN,
  // Revocations of many tokens.
  revokeTokens: ISSUE,
  approveRevocation: { scope: 'rescind:tokens:write', rule: 'approve' },
  declineRevocation: { scope: 'rescind:tokens:write', rule: 'decline' },
  listRevocations: { scope: 'rescind:tokens:read' },
  getRevocation: { scope: 'rescind:tokens:read', rule: 'readRevocation' },
  listRevokedTokens: { scope: 'rescind:tokens:read', rule: 'readRevocation' },
  getRevocationsReceipt: { scope: 'rescind:tokens:read', rule: 'readRevocation' },
  reportHygiene: { scope: 'rescind:tokens:read' },
  // Sessions.
  listSignInWays: OPEN,
  openSession: { scope: 'any' },
  getCurrentSession: { scope: 'session' },
  endCurrentSession: { scope: 'session' },
  listSessions: { scope: 'rescind:tokens:read' },
  getSessionReceipt: { scope: 'rescind:tokens:read', rule: 'readSession' },
  revokeSession: { scope: 'rescind:tokens:write', rule: 'revokeSession' },
  getScopeCatalogue: { scope: 'rescind:tokens:write' },
  setDeveloperScopes: { scope: 'rescind:business:admin' },
  getOverview: { scope: 'rescind:tokens:read' },
  // Members and identities.
  listMembers: READ_PEOPLE,
  getMember: READ_PEOPLE,
  addMember: ADMINISTER,
  changeMember: ADMINISTER,
  removeMember: ADMINISTER,
  listMemberAccounts: READ_PEOPLE,
  linkMemberAccount: ADMINISTER,
  unlinkMemberAccount: ADMINISTER,
  getRoleMapping: READ_PEOPLE,
  setRoleMapping: { scope: 'rescind:business:admin' },
  listIdentities: READ_PEOPLE,
  getIdentity: READ_PEOPLE,
  createIdentity: ADMINISTER,
  changeIdentity: ADMINISTER,
  disableIdentity: ADMINISTER,
  enableIdentity: ADMINISTER,
  listOwnBusinesses: { scope: 'any' },
  reportLeaks: { scope: 'any' },
  reportLeaksFromGithub: OPEN,
  // Where people and their providers come in.
  startOidcSignIn: OPEN,
  finishOidcSignIn: OPEN,
  endSessionsOfProvider: OPEN,
  signInWithRecoveryCode: OPEN,
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
  setAuditRetention: { scope: 'rescind:business:admin' },
  // The platform.
  listBusinesses: PLATFORM,
  createBusiness: PLATFORM,
  getBusiness: PLATFORM,
  changeBusiness: PLATFORM,
  suspendBusiness: PLATFORM,
  resumeBusiness: PLATFORM,
  listBusinessMembers: PLATFORM,
  listMemberships: PLATFORM,
  addBusinessMember: PLATFORM,
  changeBusinessMember: PLATFORM,
  removeBusinessMember: PLATFORM,
  listPlatformTokens: PLATFORM,
  listClientVerifiers: PLATFORM,
  getPlatformOverview: PLATFORM,
  getPlatformUsage: PLATFORM,
  getPlatformTokenUsage: PLATFORM,
  revokeTokensOfPlatform: PLATFORM,
  approvePlatformRevocation: { ...PLATFORM, rule: 'approveOfPlatform' },
  declinePlatformRevocation: { ...PLATFORM, rule: 'approveOfPlatform' },
  listPlatformRevocations: PLATFORM,
  getPlatformRevocation: PLATFORM,
  listTokensOfPlatformRevocation: PLATFORM,
  issuePlatformToken: PLATFORM,
  revokePlatformToken: PLATFORM,
  exportPlatformAuditLog: PLATFORM,
  streamPlatformAuditEvents: PLATFORM,
  listAuditEventsAcrossBusinesses: PLATFORM,
  getPlatformAuditProof: PLATFORM,
  getPlatformAuditCheckpoint: PLATFORM,
  getPlatformAuditKey: PLATFORM,
  getPlatformAuditConsistency: PLATFORM,
  getPlatformAuditRetention: PLATFORM,
  setPlatformAuditRetention: PLATFORM,
  // OpenTrain: an account is the owner of the calling token.
  listOpenTrainTokens: { scope: 'rescind:tokens:read', without: 'from OpenTrain' },
  createOpenTrainToken: { scope: 'rescind:tokens:write', without: 'from OpenTrain' },
  revokeOpenTrainToken: { scope: 'rescind:tokens:write', rule: 'revokeOwn', without: 'to itself' },
  getOpenTrainMe: { scope: 'any' },
  revokeOpenTrainIdentity: OPEN,
  revokeOpenTrainOAuth: OPEN,
  // Infisical.
  listInfisicalOrganizations: { scope: 'any' },
  getInfisicalIdentity: READ_PEOPLE,
  createInfisicalIdentity: ADMINISTER,
  changeInfisicalIdentity: ADMINISTER,
  deleteInfisicalIdentity: ADMINISTER,
  getIdentityDetails: { scope: 'any' },
  getTokenAuth: READ_PEOPLE,
  attachTokenAuth: ADMINISTER,
  changeTokenAuth: ADMINISTER,
  detachTokenAuth: ADMINISTER,
  createTokenAuthToken: ISSUE,
  listTokenAuthTokens: { scope: 'rescind:tokens:read', rule: 'listOf' },
  getTokenAuthToken: READ_TOKEN,
  getTokenAuthTokenOfIdentity: READ_TOKEN,
  renameTokenAuthToken: MANAGE_TOKEN,
  revokeTokenAuthToken: REVOKE_TOKEN,
  renewAccessToken: OPEN,
  revokeAccessToken: OPEN,
  // vcita.
  listVcitaTokens: { scope: 'rescind:tokens:read' },
  createVcitaToken: ISSUE,
  revokeVcitaToken: REVOKE_TOKEN,
  // SCIM: users are members; a group is about nobody until a role is mapped to it.
  getScimConfig: READ_PEOPLE,
  listScimResourceTypes: READ_PEOPLE,
  getScimResourceType: READ_PEOPLE,
  listScimSchemas: READ_PEOPLE,
  getScimSchema: READ_PEOPLE,
  listScimUsers: READ_PEOPLE,
  getScimUser: READ_PEOPLE,
  createScimUser: WRITE_PEOPLE,
  replaceScimUser: ADMINISTER,
  patchScimUser: ADMINISTER,
  deleteScimUser: ADMINISTER,
  listScimGroups: READ_PEOPLE,
  getScimGroup: READ_PEOPLE,
  createScimGroup: WRITE_PEOPLE,
  replaceScimGroup: WRITE_PEOPLE,
  patchScimGroup: WRITE_PEOPLE,
  deleteScimGroup: WRITE_PEOPLE,
  // The OAuth standards and the gateway.
  introspect: { scope: 'rescind:tokens:verify' },
  revokeSecret: OPEN,
  describeAuthorizationServer: OPEN,
  describeProtectedResource: OPEN,
  listSigningKeys: OPEN,
  authorizeRequest: { scope: 'any' },
  // The process itself.
  isLive: OPEN,
  isReady: OPEN,
  readMetrics: OPEN,
};
