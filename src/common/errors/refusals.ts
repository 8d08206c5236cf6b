/** The kinds of refusals. A dialect gives each kind a status. */
type RefusalKind =
  | 'invalid_request'
  | 'invalid_input'
  | 'too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'upgrade_required'
  | 'no_route'
  | 'unauthenticated'
  | 'malformed_credential'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'unavailable'
  | 'internal';

interface Refusal {
  kind: RefusalKind;
  /** For the caller. It must be the same for what belongs to another business and for what does not exist (R6). */
  sentence: string;
}

/** Every refusal of Rescind: the only place to add another. Its kind gives it a status in every dialect. */
export const REFUSALS = {
  'request.invalid': { kind: 'invalid_request', sentence: 'Invalid request parameters' },
  'request.too_large': { kind: 'too_large', sentence: 'The request body is too large.' },
  'request.unsupported_media_type': {
    kind: 'unsupported_media_type',
    sentence: 'The content type of the request is not supported.',
  },
  'request.upgrade_required': {
    kind: 'upgrade_required',
    sentence: 'The request must ask for a WebSocket with the subprotocol rescind.verifier.v1.',
  },
  'request.rate_limited': { kind: 'rate_limited', sentence: 'Too many requests' },
  'route.not_found': { kind: 'no_route', sentence: 'Resource not found' },
  'input.invalid': { kind: 'invalid_input', sentence: 'The input is not valid.' },
  'cursor.invalid': {
    kind: 'invalid_request',
    sentence: 'The cursor does not come from this list with this sort order.',
  },
  'authentication.required': { kind: 'unauthenticated', sentence: 'Not authenticated' },
  'authentication.malformed': {
    kind: 'malformed_credential',
    sentence: 'Invalid request parameters: the Authorization header is malformed.',
  },
  'authentication.invalid': { kind: 'unauthenticated', sentence: 'Not authenticated' },
  'business.header_missing': {
    kind: 'invalid_request',
    sentence: 'Invalid request parameters: a header is missing.',
  },
  'business.header_malformed': {
    kind: 'invalid_request',
    sentence: 'Invalid request parameters: a header is malformed.',
  },
  'business.forbidden': { kind: 'forbidden', sentence: 'Not enough permissions' },
  'permission.denied': { kind: 'forbidden', sentence: 'Not enough permissions' },
  'permission.scope_not_grantable': { kind: 'forbidden', sentence: 'Not enough permissions' },
  'session.cross_site': {
    kind: 'forbidden',
    sentence: 'A page of another origin asked for this. Sessions act for pages of our own alone.',
  },
  'session.not_found': { kind: 'not_found', sentence: 'Resource not found' },
  'token.not_found': { kind: 'not_found', sentence: 'Resource not found' },
  'token.not_active': { kind: 'conflict', sentence: 'The token is not active.' },
  'token.limit_reached': {
    kind: 'conflict',
    sentence: 'The owner already has the maximum number of active tokens.',
  },
  'token.secret_in_use': {
    kind: 'conflict',
    sentence:
      'This call was made before, and its token was used since or is no longer active: its secret is not shown again.',
  },
  'idempotency.under_way': { kind: 'conflict', sentence: 'The same call is in progress. Repeat it later.' },
  'token.not_renewable': {
    kind: 'conflict',
    sentence: 'The token has reached its maximum TTL, or has no TTL to renew.',
  },
  'revocation.not_found': { kind: 'not_found', sentence: 'Resource not found' },
  'revocation.tokens_dropped': {
    kind: 'not_found',
    sentence: 'Which tokens it has revoked is listed for 90 days. The audit log names each of them.',
  },
  'revocation.plan_not_found': { kind: 'not_found', sentence: 'Resource not found' },
  'revocation.plan_used': {
    kind: 'conflict',
    sentence: 'The plan was used before. Ask for another preview.',
  },
  'revocation.plan_expired': { kind: 'conflict', sentence: 'The plan has expired. Ask for another preview.' },
  'revocation.set_changed': {
    kind: 'conflict',
    sentence: 'The selector now matches other tokens than were shown.',
  },
  'revocation.nothing_matched': {
    kind: 'conflict',
    sentence: 'The selector matches no token that is not revoked yet and that the caller may revoke.',
  },
  'revocation.too_many': {
    kind: 'conflict',
    sentence:
      'The selector matches more than 10,000 tokens, too many to revoke one by one. Select a business, an owner or an identity, or fewer tokens.',
  },
  'revocation.same_person': {
    kind: 'forbidden',
    sentence:
      'A revocation must be approved by another administrator than the one who requested it, with a token that does not come from them.',
  },
  'revocation.person_made': {
    kind: 'forbidden',
    sentence:
      'Of you and whoever requested this revocation, one has added the other, linked their account or made them an administrator, or somebody else has made both, at most as long before the request as it may wait. Another person must approve it.',
  },
  'revocation.decline_denied': {
    kind: 'forbidden',
    sentence:
      'A revocation is declined by whoever requested it, or by another administrator, with a token that does not come from them.',
  },
  'revocation.asker_ended': {
    kind: 'conflict',
    sentence: 'Whoever asked for the revocation may not do so any more. Ask for it again.',
  },
  'revocation.not_awaiting': {
    kind: 'conflict',
    sentence: 'The revocation does not wait for approval, or no longer does.',
  },
  'member.not_found': { kind: 'not_found', sentence: 'Resource not found' },
  'member.exists': { kind: 'conflict', sentence: 'There already is a member with this e-mail address.' },
  'member.last_owner': { kind: 'conflict', sentence: 'A business keeps at least one owner.' },
  'account.not_found': { kind: 'not_found', sentence: 'Resource not found' },
  'account.linked': { kind: 'conflict', sentence: 'The account is linked to a member already.' },
  'group.not_found': { kind: 'not_found', sentence: 'Resource not found' },
  'group.exists': { kind: 'conflict', sentence: 'There already is a group with this name.' },
  'scim.invalid': { kind: 'invalid_request', sentence: 'The request is not valid.' },
  'scim.active_unclear': {
    kind: 'invalid_request',
    sentence:
      'It is not clear whether the user is to be active. Send `active` as true or false; nothing was changed.',
  },
  'identity.not_found': { kind: 'not_found', sentence: 'Resource not found' },
  'identity.disabled': { kind: 'conflict', sentence: 'The identity is disabled.' },
  'identity.token_auth_attached': {
    kind: 'conflict',
    sentence: 'Token Auth is already attached to the identity.',
  },
  'identity.token_auth_missing': {
    kind: 'conflict',
    sentence: 'Token Auth is not attached to this identity.',
  },
  'identity.token_auth_not_found': {
    kind: 'not_found',
    sentence: 'Token Auth is not attached to the identity.',
  },
  'business.not_found': { kind: 'not_found', sentence: 'Resource not found' },
  'business.slug_taken': { kind: 'conflict', sentence: 'Another business has this slug.' },
  'audit.event_not_found': { kind: 'not_found', sentence: 'Resource not found' },
  'audit.not_anchored': { kind: 'not_found', sentence: 'No checkpoint of this log has been anchored yet.' },
  'audit.unwritable': {
    kind: 'unavailable',
    sentence: 'The audit log cannot be written, so nothing was changed.',
  },
  'audit.integrity_violated': {
    kind: 'unavailable',
    sentence: 'The audit log is not what Rescind wrote: somebody changed the database. It is not shown.',
  },
  'revocation.unconfirmed': {
    kind: 'unavailable',
    sentence:
      'The revocation is recorded, but it could not be confirmed that every verifier refuses the token yet. Repeat the call.',
  },
  'service.unavailable': { kind: 'unavailable', sentence: 'The service cannot answer at the moment.' },
  internal: { kind: 'internal', sentence: 'Internal error' },
} as const satisfies Record<string, Refusal>;

/** The stable name of a refusal. */
export type ErrorCode = keyof typeof REFUSALS;

export type StatusByCode = Readonly<Record<ErrorCode, number>>;

/** The statuses of a dialect: those of the kinds, except for the codes that it answers in another way. */
export function statusesOf(
  byKind: Readonly<Record<RefusalKind, number>>,
  overrides: Partial<Record<ErrorCode, number>> = {},
): StatusByCode {
  const codes = Object.keys(REFUSALS) as ErrorCode[];
  const status = (code: ErrorCode): number => overrides[code] ?? byKind[REFUSALS[code].kind];
  return Object.fromEntries(codes.map((code) => [code, status(code)])) as Record<ErrorCode, number>;
}

/** The HTTP status of each kind; dialects differ from it only in a few. */
export const HTTP_STATUS: Readonly<Record<RefusalKind, number>> = {
  invalid_request: 400,
  invalid_input: 422,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  upgrade_required: 426,
  no_route: 404,
  unauthenticated: 401,
  malformed_credential: 400,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  unavailable: 503,
  internal: 500,
};
