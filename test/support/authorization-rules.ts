/**
 * Who may do what to whom inside one business. Written by hand, not derived from the service: it is what the service is
 * held to. A caller holds every scope that its role allows; scopes are a table of their own (authorization-table.ts).
 */
export const CALLERS = [
  'platform',
  'owner',
  'admin',
  'developer',
  'auditor',
  /** A machine identity of the role developer. */
  'identity',
  /** A token that the platform issued in the business, to nobody, with `rescind:business:admin`. */
  'ownerless admin',
  /** The same with every other scope of a business. */
  'ownerless',
] as const;
export type Caller = (typeof CALLERS)[number];

const EVERY_SCOPE = [
  'rescind:tokens:read',
  'rescind:tokens:write',
  'rescind:tokens:verify',
  'rescind:audit:read',
  'rescind:members:read',
  'rescind:members:write',
  'rescind:directory:write',
  'rescind:business:admin',
] as const;
export type Scope = (typeof EVERY_SCOPE)[number] | 'rescind:platform:admin';
export const BUSINESS_SCOPES: readonly Scope[] = EVERY_SCOPE;

const DEVELOPER: readonly Scope[] = ['rescind:tokens:read', 'rescind:tokens:write', 'rescind:tokens:verify'];

/** The scopes that each caller's role allows. */
export const HOLDS: Record<Caller, readonly Scope[]> = {
  platform: [...EVERY_SCOPE, 'rescind:platform:admin'],
  owner: EVERY_SCOPE,
  admin: EVERY_SCOPE,
  developer: DEVELOPER,
  identity: DEVELOPER,
  auditor: ['rescind:tokens:read', 'rescind:audit:read'],
  'ownerless admin': EVERY_SCOPE,
  ownerless: EVERY_SCOPE.filter((scope) => scope !== 'rescind:business:admin'),
};

/**
 * `yes`: done. `no`: 403, whatever it is about. `hidden`: answered like something that does not exist. `–`: there is no
 * such case.
 */
export type Outcome = 'yes' | 'no' | 'hidden' | '–';

/** Whose token it is about; of the roles, always another person's or identity's than the caller's. */
export const TOKENS = [
  'itself',
  'sibling',
  'developer',
  'auditor',
  'admin',
  'owner',
  'ownerless',
  'ownerless admin',
] as const;
/** Whom it is about; `oneself`: the caller's own owner. */
const PEOPLE = ['oneself', 'developer', 'auditor', 'admin', 'owner'] as const;

export type Target = (typeof TOKENS)[number] | (typeof PEOPLE)[number];
type Matrix = Record<Caller, Partial<Record<Target, Outcome>>>;

function matrix(columns: readonly Target[], rows: Record<Caller, string>): Matrix {
  return Object.fromEntries(
    CALLERS.map((caller) => {
      const outcomes = rows[caller].trim().split(/\s+/) as Outcome[];
      if (outcomes.length !== columns.length) throw new Error(`${caller}: ${outcomes.length} outcomes`);
      return [caller, Object.fromEntries(columns.map((column, index) => [column, outcomes[index]]))];
    }),
  ) as Matrix;
}

/** Reading a token's record. */
const READ = matrix(TOKENS, {
  //                 itself  sibling developer auditor admin   owner   ownerless ownerless admin
  platform: '        –       –       yes       yes     yes     yes     yes       yes',
  owner: '           yes     yes     yes       yes     yes     yes     yes       yes',
  admin: '           yes     yes     yes       yes     yes     yes     yes       yes',
  developer: '       yes     yes     hidden    hidden  hidden  hidden  hidden    hidden',
  auditor: '         yes     yes     yes       yes     yes     yes     yes       yes',
  identity: '        yes     yes     hidden    hidden  hidden  hidden  hidden    hidden',
  'ownerless admin': 'yes    –       yes       yes     yes     yes     yes       yes',
  ownerless: '       yes     –       hidden    hidden  hidden  hidden  hidden    hidden',
});

/** Renaming and rotating: whatever changes a token or hands out a secret of it. */
const MANAGE = matrix(TOKENS, {
  //                 itself  sibling developer auditor admin   owner   ownerless ownerless admin
  platform: '        –       –       yes       yes     yes     yes     yes       yes',
  owner: '           yes     yes     yes       yes     yes     yes     yes       yes',
  admin: '           yes     yes     yes       yes     yes     no      yes       no',
  developer: '       yes     yes     hidden    hidden  hidden  hidden  hidden    hidden',
  auditor: '         no      no      no        no      no      no      no        no',
  identity: '        yes     yes     hidden    hidden  hidden  hidden  hidden    hidden',
  'ownerless admin': 'yes    –       yes       yes     yes     yes     yes       yes',
  ownerless: '       yes     –       hidden    hidden  hidden  hidden  hidden    hidden',
});

/** Revoking: an emergency, so administrators may end the tokens of owners as well, and any token may end itself. */
const REVOKE = matrix(TOKENS, {
  //                 itself  sibling developer auditor admin   owner   ownerless ownerless admin
  platform: '        –       –       yes       yes     yes     yes     yes       yes',
  owner: '           yes     yes     yes       yes     yes     yes     yes       yes',
  admin: '           yes     yes     yes       yes     yes     yes     yes       yes',
  developer: '       yes     yes     hidden    hidden  hidden  hidden  hidden    hidden',
  auditor: '         yes     no      no        no      no      no      no        no',
  identity: '        yes     yes     hidden    hidden  hidden  hidden  hidden    hidden',
  'ownerless admin': 'yes    –       yes       yes     yes     yes     yes       yes',
  ownerless: '       yes     –       hidden    hidden  hidden  hidden  hidden    hidden',
});

/** Revoking in a dialect that knows no administration of other accounts: one's own alone. */
const REVOKE_OWN = matrix(TOKENS, {
  //                 itself  sibling developer auditor admin   owner   ownerless ownerless admin
  platform: '        –       –       hidden    hidden  hidden  hidden  yes       yes',
  owner: '           yes     yes     hidden    hidden  hidden  hidden  hidden    hidden',
  admin: '           yes     yes     hidden    hidden  hidden  hidden  hidden    hidden',
  developer: '       yes     yes     hidden    hidden  hidden  hidden  hidden    hidden',
  auditor: '         yes     no      no        no      no      no      no        no',
  identity: '        yes     yes     hidden    hidden  hidden  hidden  hidden    hidden',
  'ownerless admin': 'yes    –       hidden    hidden  hidden  hidden  hidden    hidden',
  ownerless: '       yes     –       hidden    hidden  hidden  hidden  hidden    hidden',
});

/** Issuing to a member or an identity of that role. */
const ISSUE = matrix(PEOPLE, {
  //                 oneself developer auditor admin   owner
  platform: '        –       yes       yes     yes     yes',
  owner: '           yes     yes       yes     yes     yes',
  admin: '           yes     yes       yes     yes     no',
  developer: '       yes     no        no      no      no',
  auditor: '         no      no        no      no      no',
  identity: '        yes     no        no      no      no',
  'ownerless admin': '–      yes       yes     yes     yes',
  ownerless: '       –       no        no      no      no',
});

/** Making, changing, removing, disabling and enabling somebody of that role, and the terms of their tokens. */
const ADMINISTER = matrix(PEOPLE, {
  //                 oneself developer auditor admin   owner
  platform: '        –       yes       yes     yes     yes',
  owner: '           –       yes       yes     yes     yes',
  admin: '           –       yes       yes     yes     no',
  developer: '       –       no        no      no      no',
  auditor: '         –       no        no      no      no',
  identity: '        –       no        no      no      no',
  'ownerless admin': '–      yes       yes     yes     yes',
  ownerless: '       –       yes       yes     no      no',
});

/** Saying with which account somebody of that role signs in: it is a credential with all that the role gives. */
const LINK: Matrix = {
  ...ADMINISTER,
  ownerless: { developer: 'no', auditor: 'no', admin: 'no', owner: 'no' },
};

/** Revoking a session of a member or an identity of that role, with a token: no token is a session. */
const REVOKE_SESSION = matrix(PEOPLE, {
  //                 oneself developer auditor admin   owner
  platform: '        –       yes       yes     yes     yes',
  owner: '           yes     yes       yes     yes     yes',
  admin: '           yes     yes       yes     yes     yes',
  developer: '       yes     hidden    hidden  hidden  hidden',
  auditor: '         no      no        no      no      no',
  identity: '        yes     hidden    hidden  hidden  hidden',
  'ownerless admin': '–      yes       yes     yes     yes',
  ownerless: '       –       hidden    hidden  hidden  hidden',
});

/** Reading the receipt of a session of somebody of that role. */
const READ_SESSION = matrix(PEOPLE, {
  //                 oneself developer auditor admin   owner
  platform: '        –       yes       yes     yes     yes',
  owner: '           yes     yes       yes     yes     yes',
  admin: '           yes     yes       yes     yes     yes',
  developer: '       yes     hidden    hidden  hidden  hidden',
  auditor: '         yes     yes       yes     yes     yes',
  identity: '        yes     hidden    hidden  hidden  hidden',
  'ownerless admin': '–      yes       yes     yes     yes',
  ownerless: '       –       hidden    hidden  hidden  hidden',
});

/** Listing the tokens of an identity of that role. */
const LIST_OF = matrix(PEOPLE, {
  //                 oneself developer auditor admin   owner
  platform: '        –       yes       yes     yes     yes',
  owner: '           –       yes       yes     yes     yes',
  admin: '           –       yes       yes     yes     yes',
  developer: '       –       no        no      no      no',
  auditor: '         –       yes       yes     yes     yes',
  identity: '        yes     no        no      no      no',
  'ownerless admin': '–      yes       yes     yes     yes',
  ownerless: '       –       no        no      no      no',
});

/** Reading a revocation of all tokens of an identity of that role. */
const READ_REVOCATION = matrix(PEOPLE, {
  //                 oneself developer auditor admin   owner
  platform: '        –       yes       yes     yes     yes',
  owner: '           –       yes       yes     yes     yes',
  admin: '           –       yes       yes     yes     yes',
  developer: '       –       hidden    hidden  hidden  hidden',
  auditor: '         –       yes       yes     yes     yes',
  identity: '        yes     hidden    hidden  hidden  hidden',
  'ownerless admin': '–      yes       yes     yes     yes',
  ownerless: '       –       hidden    hidden  hidden  hidden',
});

/** Approving a revocation that somebody of that role has asked for: people alone, and of no lower role. */
const APPROVE = matrix(['developer', 'admin', 'owner'], {
  //                 developer admin   owner
  platform: '        no        no      no',
  owner: '           yes       yes     yes',
  admin: '           yes       yes     no',
  developer: '       no        no      no',
  auditor: '         no        no      no',
  identity: '        no        no      no',
  'ownerless admin': 'no       no      no',
  ownerless: '       no        no      no',
});

/** Declining one that somebody else has asked for: as approving, and whoever may not read it is not told of it. */
const DECLINE = matrix(['developer', 'admin', 'owner'], {
  //                 developer admin   owner
  platform: '        no        no      no',
  owner: '           yes       yes     yes',
  admin: '           yes       yes     no',
  developer: '       hidden    hidden  hidden',
  auditor: '         no        no      no',
  identity: '        hidden    hidden  hidden',
  'ownerless admin': 'no       no      no',
  ownerless: '       hidden    hidden  hidden',
});

/** The same of the platform, where nobody has asked for anything. */
const APPROVE_OF_PLATFORM = matrix(['developer'], {
  platform: 'hidden',
  owner: 'no',
  admin: 'no',
  developer: 'no',
  auditor: 'no',
  identity: 'no',
  'ownerless admin': 'no',
  ownerless: 'no',
});

export const RULES = {
  approveOfPlatform: APPROVE_OF_PLATFORM,
  approve: APPROVE,
  decline: DECLINE,
  readRevocation: READ_REVOCATION,
  read: READ,
  manage: MANAGE,
  revoke: REVOKE,
  revokeOwn: REVOKE_OWN,
  issue: ISSUE,
  administer: ADMINISTER,
  link: LINK,
  listOf: LIST_OF,
  readSession: READ_SESSION,
  revokeSession: REVOKE_SESSION,
} as const;
export type Rule = keyof typeof RULES;
