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

/**
 * Every refusal of Rescind: the only place to add another. Its kind gives it a status in every dialect. The sentence is for the
 * caller, and must be the same for what belongs to another business and for what does not exist (R6).
 */
export const REFUSALS = {
  'request.invalid': ['invalid_request', 'Invalid request parameters'],
  'request.too_large': ['too_large', 'The request body is too large.'],
  'request.unsupported_media_type': [
    'unsupported_media_type',
    'The content type of the request is not supported.',
  ],
  'request.upgrade_required': [
    'upgrade_required',
    'The request must ask for a WebSocket with the subprotocol rescind.verifier.v1.',
  ],
  'request.rate_limited': ['rate_limited', 'Too many requests'],
  'route.not_found': ['no_route', 'Resource not found'],
  'input.invalid': ['invalid_input', 'The input is not valid.'],
  'cursor.invalid': ['invalid_request', 'The cursor does not come from this list with this sort order.'],
  'authentication.required': ['unauthenticated', 'Not authenticated'],
  'authentication.malformed': [
    'malformed_credential',
    'Invalid request parameters: the Authorization header is malformed.',
  ],
  'authentication.invalid': ['unauthenticated', 'Not authenticated'],
  'business.header_missing': ['invalid_request', 'Invalid request parameters: a header is missing.'],
  'business.header_malformed': ['invalid_request', 'Invalid request parameters: a header is malformed.'],
  'business.forbidden': ['forbidden', 'Not enough permissions'],
  'permission.denied': ['forbidden', 'Not enough permissions'],
  'permission.scope_not_grantable': ['forbidden', 'Not enough permissions'],
  'session.cross_site': [
    'forbidden',
    'A page of another origin asked for this. Sessions act for pages of our own alone.',
  ],
  'session.not_found': ['not_found', 'Resource not found'],
  'token.not_found': ['not_found', 'Resource not found'],
  'token.not_active': ['conflict', 'The token is not active.'],
  'token.limit_reached': ['conflict', 'The owner already has the maximum number of active tokens.'],
  'token.secret_in_use': [
    'conflict',
    'This call was made before, and its token was used since or is no longer active: its secret is not shown again.',
  ],
  'idempotency.under_way': ['conflict', 'The same call is in progress. Repeat it later.'],
  'token.not_renewable': ['conflict', 'The token has reached its maximum TTL, or has no TTL to renew.'],
  'revocation.not_found': ['not_found', 'Resource not found'],
  'revocation.tokens_dropped': [
    'not_found',
    'Which tokens it has revoked is listed for 90 days. The audit log names each of them.',
  ],
  'revocation.plan_not_found': ['not_found', 'Resource not found'],
  'revocation.plan_used': ['conflict', 'The plan was used before. Ask for another preview.'],
  'revocation.plan_expired': ['conflict', 'The plan has expired. Ask for another preview.'],
  'revocation.set_changed': ['conflict', 'The selector now matches other tokens than were shown.'],
  'revocation.nothing_matched': [
    'conflict',
    'The selector matches no token that is not revoked yet and that the caller may revoke.',
  ],
  'revocation.too_many': [
    'conflict',
    'The selector matches more than 10,000 tokens, too many to revoke one by one. Select a business, an owner or an identity, or fewer tokens.',
  ],
  'revocation.same_person': [
    'forbidden',
    'A revocation must be approved by another administrator than the one who requested it, with a token that does not come from them.',
  ],
  'revocation.person_made': [
    'forbidden',
    'Of you and whoever requested this revocation, one has added the other, linked their account or made them an administrator, or somebody else has made both, at most as long before the request as it may wait. Another person must approve it.',
  ],
  'revocation.decline_denied': [
    'forbidden',
    'A revocation is declined by whoever requested it, or by another administrator, with a token that does not come from them.',
  ],
  'revocation.asker_ended': [
    'conflict',
    'Whoever asked for the revocation may not do so any more. Ask for it again.',
  ],
  'revocation.not_awaiting': ['conflict', 'The revocation does not wait for approval, or no longer does.'],
  'member.not_found': ['not_found', 'Resource not found'],
  'member.exists': ['conflict', 'There already is a member with this e-mail address.'],
  'member.last_owner': ['conflict', 'A business keeps at least one owner.'],
  'account.not_found': ['not_found', 'Resource not found'],
  'account.linked': ['conflict', 'The account is linked to a member already.'],
  'group.not_found': ['not_found', 'Resource not found'],
  'group.exists': ['conflict', 'There already is a group with this name.'],
  'scim.invalid': ['invalid_request', 'The request is not valid.'],
  'scim.active_unclear': [
    'invalid_request',
    'It is not clear whether the user is to be active. Send `active` as true or false; nothing was changed.',
  ],
  'identity.not_found': ['not_found', 'Resource not found'],
  'identity.disabled': ['conflict', 'The identity is disabled.'],
  'identity.token_auth_attached': ['conflict', 'Token Auth is already attached to the identity.'],
  'identity.token_auth_missing': ['conflict', 'Token Auth is not attached to this identity.'],
  'identity.token_auth_not_found': ['not_found', 'Token Auth is not attached to the identity.'],
  'business.not_found': ['not_found', 'Resource not found'],
  'business.slug_taken': ['conflict', 'Another business has this slug.'],
  'audit.event_not_found': ['not_found', 'Resource not found'],
  'audit.not_anchored': ['not_found', 'No checkpoint of this log has been anchored yet.'],
  'audit.unwritable': ['unavailable', 'The audit log cannot be written, so nothing was changed.'],
  'audit.integrity_violated': [
    'unavailable',
    'The audit log is not what Rescind wrote: somebody changed the database. It is not shown.',
  ],
  'revocation.unconfirmed': [
    'unavailable',
    'The revocation is recorded, but it could not be confirmed that every verifier refuses the token yet. Repeat the call.',
  ],
  'service.unavailable': ['unavailable', 'The service cannot answer at the moment.'],
  internal: ['internal', 'Internal error'],
} as const satisfies Record<string, readonly [kind: RefusalKind, sentence: string]>;

/** The stable name of a refusal. */
export type ErrorCode = keyof typeof REFUSALS;

export type StatusByCode = Readonly<Record<ErrorCode, number>>;

/** The statuses of a dialect: those of the kinds, except for the codes that it answers in another way. */
export function statusesOf(
  byKind: Readonly<Record<RefusalKind, number>>,
  overrides: Partial<Record<ErrorCode, number>> = {},
): StatusByCode {
  const codes = Object.keys(REFUSALS) as ErrorCode[];
  const status = (code: ErrorCode): number => overrides[code] ?? byKind[REFUSALS[code][0]];
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
