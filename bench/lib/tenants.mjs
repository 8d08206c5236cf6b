// @ts-check
import { copyRows } from './copy.mjs';
import { uuidAt } from './mint.mjs';

const TOKEN_COLUMNS = [
  'id', 'jti', 'business_id', 'owner_kind', 'member_id', 'name', 'token_prefix', 'digest', 'pepper_id', 'scopes',
  'created_at', 'expires_at', 'mac',
]; // prettier-ignore

/** The answer's body, or an error that says what was asked. */
function must(answer, status, what) {
  if (answer.status !== status) throw new Error(`${what}: ${answer.status} ${answer.text.slice(0, 500)}`);
  return answer.body;
}

/**
 * A business with one owner and a token of theirs for all management and verification, made through the API.
 * @param platform the API as the platform.
 * `headers` of the result make a request one of this business's administrator.
 */
export async function createTenant(platform, name) {
  const business = must(await platform.post('/api/v1/admin/businesses', { name }), 201, 'business');
  const inside = { 'x-business-id': business.id };
  const email = `owner-${business.id}@example.com`;
  const owner = { email, name: 'Owner', role: 'owner' };
  const member = must(await platform.post('/api/v1/members', owner, inside), 201, 'member');
  const scopes = [
    'rescind:tokens:write',
    'rescind:tokens:verify',
    'rescind:audit:read',
    'rescind:members:write',
    // Who rotates a token must hold its scopes.
    'jobs:write',
  ];
  const request = { name: 'administration', owner_email: email, scopes };
  const { token: secret } = must(await platform.post('/api/v1/tokens', request, inside), 201, 'token');
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${secret}`, ...inside };
  return { id: business.id, name, email, member: member.id, secret, headers };
}

/** The secret of a platform token that may verify, and nothing else: what README gives to a back end. */
export async function issueBackEnd(platform) {
  const asked = { name: 'back end', scopes: ['rescind:tokens:verify'], expires_in_days: 1 };
  return must(await platform.post('/api/v1/admin/tokens', asked), 201, 'credential').token;
}

/**
 * Puts `count` active tokens of `tenant`'s owner into the database by COPY.
 * `mint` comes from `minter`; `keep` says which of them to return, by position: all, if left out.
 * @param {(index: number) => boolean} [keep]
 * @returns {Promise<{ id: string, jti: string, secret: string }[]>} those
 */
export async function copyTokens(session, mint, tenant, count, keep = () => true) {
  const kept = [];
  const now = Date.now();
  const created = new Date(now).toISOString();
  const expires = new Date(now + 365 * 86_400_000).toISOString();
  function* rows() {
    for (let index = 0; index < count; index++) {
      const { secret, jti, digest, pepperId, preview, macOf } = mint();
      const id = uuidAt(now);
      const owned = {
        id,
        jti,
        digest,
        business_id: tenant.id,
        owner_id: tenant.member,
        scopes: ['jobs:read'],
      };
      if (keep(index)) kept.push({ id, jti, secret });
      yield [
        id,
        jti,
        tenant.id,
        'user',
        tenant.member,
        `token ${index}`,
        preview,
        digest,
        pepperId,
        '{jobs:read}',
        created,
        expires,
        macOf({ ...owned, created: now, expires: now + 365 * 86_400_000 }),
      ];
    }
  }
  await copyRows(session, 'tokens', TOKEN_COLUMNS, rows());
  return kept;
}

/** The request that verifies `token`, and what its right answer holds. */
export function verifyRequest(tenant, { id, jti, secret }) {
  return {
    method: 'POST',
    path: '/api/v1/tokens/verify',
    headers: tenant.headers,
    body: JSON.stringify({ token: secret }),
    expect: ['"active":true', id, jti],
  };
}

export function introspectRequest(tenant, { jti, secret }) {
  return {
    method: 'POST',
    path: '/oauth/introspect',
    headers: { ...tenant.headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: `token=${secret}`,
    expect: ['"active":true', jti],
  };
}

export function revokeRequest(tenant, { id }) {
  return {
    method: 'POST',
    path: `/api/v1/tokens/${id}/revoke`,
    headers: tenant.headers,
    body: '{"reason":"measured"}',
    status: 201,
    expect: ['"success":true', id],
  };
}

export const rotateRequest = (tenant, { id }) => ({
  method: 'POST',
  path: `/api/v1/tokens/${id}/rotate`,
  headers: tenant.headers,
  body: '{}',
  status: 201,
  expect: ['"token":"', id],
});

/** Interleaves lists, so that the load generator's connection i sends what list i holds. */
export const interleave = (lists) => lists[0].flatMap((_, position) => lists.map((list) => list[position]));

export const issueRequest = (tenant, number) => ({
  method: 'POST',
  path: '/api/v1/tokens',
  headers: tenant.headers,
  body: JSON.stringify({ name: `issued ${number}`, scopes: ['rescind:tokens:read'] }),
  status: 201,
  expect: [`"name":"issued ${number}"`, '"token":"'],
});

export const auditRequest = (tenant) => ({
  method: 'GET',
  path: '/api/v1/audit/events?limit=50',
  headers: { authorization: tenant.headers.authorization, 'x-business-id': tenant.id },
  expect: ['"items":[', tenant.id],
});

export const listRequest = (tenant) => ({
  method: 'GET',
  path: '/api/v1/tokens?limit=50',
  headers: { authorization: tenant.headers.authorization, 'x-business-id': tenant.id },
  expect: ['"items":['],
});

export const searchRequest = (tenant) => ({
  ...listRequest(tenant),
  path: '/api/v1/tokens?limit=50&name=measured',
});
