const header = (description: string, example: string) => ({
  description,
  schema: { type: 'string' as const },
  example,
});

export const IDENTITY_HEADERS = {
  'x-rescind-business-id': header(
    'The business that the token speaks for; empty for a token of the platform that names none.',
    '0199c0de-0000-7000-8000-000000000001',
  ),
  'x-rescind-token-id': header('The id of the token.', '0199c0de-0000-7000-8000-000000000002'),
  'x-rescind-owner': header(
    'The e-mail of a member, the name of an identity, or `platform`. Characters outside printable ASCII are percent-encoded.',
    'ada@example.com',
  ),
  'x-rescind-owner-kind': header('`user`, `identity` or `platform`.', 'user'),
  'x-rescind-owner-id': header(
    'The id of the owner; empty for the platform.',
    '0199c0de-0000-7000-8000-000000000003',
  ),
  'x-rescind-scopes': header('What the token can do, separated by single spaces.', 'jobs:read jobs:run'),
  'x-rescind-expires-at': header('When it ends, ISO 8601, or `never`.', '2027-01-01T00:00:00.000Z'),
};

export const GATEWAY_REFUSALS = {
  401: { status: 401, description: 'No secret was presented, or it is not good at this moment.' },
  403: { status: 403, description: 'The scopes, the business or the address of the client do not fit.' },
  503: { status: 503, description: 'It cannot be told at the moment. Retry-After says when to ask again.' },
};
