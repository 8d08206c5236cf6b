import { bytes, type Documented, type Field, integer, json, moment, text, texts, uuid } from './field.js';

/** An API token, or a session: a signed-in person's, whose secret is in a cookie. */
export type TokenKind = 'api' | 'session';
export type OwnerKind = 'user' | 'identity' | 'platform';
export type Dialect = 'native' | 'opentrain' | 'infisical' | 'vcita';

const EXTERNAL_ID_DOC = `Your product's own id for whom or what it is for, such as its customer. Part of verdicts; tokens can be found by it.
Not for secrets.`;

const SET_LATER = { nullable: true, made: 'later', changes: true } as const;
const LABEL = { nullable: true, changes: true, label: true } as const;

/**
 * Each field of a token, once. The entity, the columns of statements, what the MAC covers, the members of inputs and
 * answers with their documentation, the facts of verdicts and the details of events derive from it (docs/adr/0115). In
 * the order in which answers have them.
 */
export const TOKEN_FIELDS = {
  id: uuid({ mac: 1, shown: '' }),
  /** The public id inside the secret. */
  jti: text(32)({
    mac: 2,
    example: '4bX0Qm2vTqLw8ZkR1nYc7D',
    shown: 'Public id of the token, also inside its secret.',
  }),
  name: text(255)({
    nullable: true,
    changes: true,
    label: 'required',
    example: 'deploy pipeline',
    shown: 'For people: not among what is proven with the row. The events of the log have each name.',
    issued: 'For people: what the token is used for.',
    changed: { doc: '', example: 'deploy pipeline (eu)' },
  }),
  description: text(1024)({
    ...LABEL,
    isProse: true,
    example: 'deploys the shop',
    shown: 'As the name.',
    issued: '',
    changed: '',
  }),
  /** What the product calls whom or what it is for; null: nothing. */
  externalId: text(255)({
    ...LABEL,
    mac: 'labels',
    holdsNoSecret: true,
    logged: true,
    example: 'customer-4711',
    shown: "Your product's own id for whom or what it is for.",
    issued: EXTERNAL_ID_DOC,
    changed: EXTERNAL_ID_DOC,
    verdict: `Your product's own id for whom or what it is for. Whoever may issue or change the token chooses it: it proves
nothing.`,
    introspected:
      "Your product's own id for whom or what it is for; missing if there is none. Not a member of RFC 7662.",
  }),
  /** What the product notes on it, at most 4096 bytes as JSON (see `isMetadata`); null: nothing. */
  metadata: json({
    ...LABEL,
    mac: 'labels',
    logged: true,
    example: { customer: '4711', plan: 'pro' },
    shown: "Your product's own data on it.",
    issued: `Your product's own data on it: a JSON object of up to 4096 bytes, part of verdicts. Tokens can be found by its
top-level members whose values are texts (of up to 255 characters), numbers or booleans. Never put a secret there:
everybody who may read or verify the token can read it.`,
    changed: `Your product's own data on it, which replaces the whole earlier object: a JSON object of up to 4096 bytes, part of
verdicts. Tokens can be found by its top-level members whose values are texts (of up to 255 characters), numbers or
booleans. Never put a secret there: everybody who may read or verify the token can read it.`,
    verdict: "Your product's own data on it; like `external_id` it proves nothing.",
    introspected: {
      doc: "Your product's own data on it; missing if there is none. Not a member of RFC 7662.",
      example: { plan: 'pro' },
    },
  }),
  /** The preview. */
  tokenPrefix: text(40)({
    example: 'dz_4bX0********k3Qz',
    shown: 'The preview: the displayable part of the secret.',
  }),
  createdAt: moment({ default: 'now()', made: 'moment', mac: 15, shown: '' }),
  updatedAt: moment({ default: 'now()', made: 'database', changes: true }),
  lastUsedAt: moment({ ...SET_LATER, shown: '' }),
  expiresAt: moment({ nullable: true, changes: true, mac: 16, shown: 'null: never.' }),
  revokedAt: moment({ ...SET_LATER, shown: 'null: not revoked.' }),
  revokedBy: text(320)({
    ...SET_LATER,
    example: 'ada@example.com',
    shown: `Who revoked it: the e-mail of the calling token's owner, an identity's name, or \`platform\`; for a platform token
also the user claimed in \`x-user-email\`.`,
  }),
  revocationReason: text(1024)({ ...SET_LATER, example: 'left the company', shown: '' }),
  /** The cut-off that revoked it; null: it has a revocation of its own, or is not revoked. */
  revokedWith: uuid({ nullable: true, made: 'later' }),
  scopes: texts({ mac: 10, example: ['jobs:read'], shown: '' }),
  /** Addresses and CIDRs it may be used from; null: anywhere. */
  trustedIps: texts({
    nullable: true,
    changes: true,
    mac: 11,
    example: ['203.0.113.0/24'],
    shown: 'The addresses and CIDRs from which it may be used; null: any.',
  }),
  /** null: a platform token that belongs to no business. */
  businessId: uuid({ nullable: true, mac: 5, shown: 'null: a token of the platform itself.' }),
  ownerKind: text<OwnerKind>(16)({ mac: 6 }),
  /** Place 7 in the text of the MAC is the owner's id: this or the next. */
  memberId: uuid({ nullable: true }),
  identityId: uuid({ nullable: true }),
  /** The dialect it was issued in. Every dialect can verify and revoke it. */
  dialect: text<Dialect>(16)({ default: 'native' }),
  kind: text<TokenKind>(8)({ default: 'api', mac: 'session' }),
  /** A session ends when it was not used for so long; null: an API token. */
  idleSeconds: integer({ nullable: true, mac: 'session' }),
  /** The token that it was issued or rotated with; null: none, or before that was recorded. */
  issuedByToken: uuid({
    nullable: true,
    mac: 9,
    shown: 'The token that issued or rotated it, whose limits it was given; null: none, or not known.',
  }),
  /** The person that a platform token was issued to, for life: a name or an e-mail address; null: nobody by name. */
  issuedTo: text(320)({
    nullable: true,
    mac: 8,
    example: 'grace@example.com',
    shown: 'The person to whom a platform token was issued; null: no named person, or a token of a business.',
  }),
  replacedBy: uuid({ ...SET_LATER, shown: 'The token that replaced it by rotation.' }),
  /** Set by a rotation: this secret ends then, whatever its own expiry says. */
  graceEndsAt: moment({ ...SET_LATER, shown: 'After a rotation: until when this secret stays valid.' }),
  /** No renewal extends its expiry past this time, at which the token that issued it expires; null: no such limit. */
  expiresAtMax: moment({ nullable: true, mac: 17 }),
  ttlSeconds: integer({ nullable: true, mac: 13 }),
  maxTtlSeconds: integer({ nullable: true, mac: 14 }),
  lastRenewedAt: moment({ ...SET_LATER }),
  /** The number of verifications it is good for, while the token that it comes from also has uses left; null: any number. */
  usesLimit: integer({ nullable: true, mac: 12 }),
  uses: integer({ default: 0, made: 'later', changes: true }),
  digest: bytes({ hidden: true, mac: 3 }),
  pepperId: text(8)({ hidden: true, mac: 4 }),
  /** See TokenMacs; null: from a version that made none. */
  mac: bytes({ nullable: true, hidden: true, changes: true }),
  /** The hour of the last use, for an index that is not written with each use. A trigger keeps it. */
  lastUsedHour: moment({ nullable: true, made: 'database', hidden: true }),
} as const satisfies Record<string, Field>;

type Fields = typeof TOKEN_FIELDS;
export type TokenField = keyof Fields;
type ValueOf<Declared> = Declared extends { of?: infer Value } ? Exclude<Value, undefined> : never;

/** A row of `tokens`. */
export type TokenValues = { -readonly [Each in TokenField]: ValueOf<Fields[Each]> };

/** The fields of which something is declared. */
export type FieldsWith<Said> = {
  [Each in TokenField]: Fields[Each] extends Said ? Each : never;
}[TokenField];

export type Column<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Uppercase<First> ? `_${Lowercase<First>}` : First}${Column<Rest>}`
  : '';

/** Those of a row by the names of their columns. */
export type Columns<Name extends TokenField> = {
  -readonly [Each in Name as Column<Each>]: TokenValues[Each];
};

/** What whoever issues a token writes on it. Its successors in rotations have the same. */
export type Labels = Pick<TokenValues, FieldsWith<{ label: true | 'required' }>>;

/** JSON as its text. */
type AsTexts<Name extends TokenField> = {
  [Each in Name]: TokenValues[Each] extends Record<string, unknown> | null
    ? string | null
    : TokenValues[Each];
};

type LoggedField = FieldsWith<{ logged: true }>;

/** The labels that events have and rows are compared with: JSON as its canonical text (RFC 8785). */
export type LoggedLabels = AsTexts<LoggedField>;

/** In the event of an issue; left out: not set. */
export type LabelsInIssue = {
  [Each in LoggedField as Column<Each>]?: NonNullable<LoggedLabels[Each]>;
};

/** In the event of a change; left out: not changed. */
export type LabelsInChange = {
  [Each in LoggedField as `${Column<Each>}_${'before' | 'after'}`]?: LoggedLabels[Each];
};

/** The labels that verdicts state: JSON as its text. */
export type VerdictLabels = AsTexts<FieldsWith<{ verdict: Documented }>>;
