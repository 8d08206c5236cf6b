import { randomUUID } from 'node:crypto';
import { sql } from '../../support/databases.js';
import { aBusiness, aMember, anIdentity, aToken, platform } from '../../support/factories.js';
import { operationsOf } from '../../support/operations.js';
import { markingIsOver } from '../../support/sample-world.js';
import { sharedApp } from '../../support/shared-app.js';

/** Routes that change no state: they ask, though with a body. */
const ASKING = new Set([
  'POST /api/v1/tokens/verify',
  'POST /api/v1/tokens/find',
  'POST /oauth/introspect',
  'POST /gateway/authorize',
]);

/** State of the whole house, but for what is no change: when a token was last used, and the log itself. */
const STATE = `SELECT md5(string_agg(row, ',' ORDER BY row)) AS state FROM (
  SELECT md5(businesses::text) AS row FROM businesses UNION ALL SELECT md5(members::text) FROM members
  UNION ALL SELECT md5(identities::text) FROM identities UNION ALL SELECT md5(audit_retention::text) FROM audit_retention
  UNION ALL SELECT md5(id::text) FROM revocations
  UNION ALL SELECT md5((to_jsonb(tokens) - 'last_used_at' - 'last_used_hour' - 'updated_at' - 'uses')::text) FROM tokens) rows`;

const EVENTS_OF_REQUEST = 'SELECT to_jsonb(e) AS event FROM audit_events e WHERE client_request_id = $1';

/** Something that each parameter and each required body field of the native routes can be. */
async function fillings(): Promise<{
  ids: Record<string, string>;
  business: Awaited<ReturnType<typeof aBusiness>>;
}> {
  const business = await aBusiness();
  const [member, identity] = [await aMember(business), await anIdentity(business)];
  const token = await aToken(business, { identityId: identity.id });
  return {
    business,
    ids: { token_id: token.id, member_id: member.id, identity_id: identity.id, business_id: business.id },
  };
}

const BODY: Record<string, unknown> = {
  name: 'another name',
  email: 'new@example.com',
  role: 'auditor',
  reason: 'because',
  months: 24,
};

/** Whose tokens are meant: told by the event in words of its own. Of the platform's, none is as old. */
const selectorOf = (path: string, identityId: string): object =>
  path.includes('/admin/')
    ? { selector: { platform: true }, issued_before: '2020-01-01T00:00:00Z' }
    : { selector: { identity: identityId } };

it('every route that changes anything leaves an event of that request, which tells the values that were sent', async () => {
  const { url, databaseUrl, superuserUrl } = await sharedApp();
  const api = await platform();
  const { operations, document } = await operationsOf(url);
  const changing = operations.filter(
    ({ method, path, needsBearer }) =>
      method !== 'GET' && needsBearer && path.startsWith('/api/v1/') && !ASKING.has(`${method} ${path}`),
  );
  expect(changing.length).toBeGreaterThan(10);
  const silent: string[] = [];
  const changed: string[] = [];
  for (const operation of changing) {
    const { business, ids } = await fillings();
    const path = operation.address(
      (name) => ids[name] ?? ids[`${operation.path.split('/')[4]?.slice(0, -1)}_id`] ?? business.id,
    );
    const schema = operation.requestBody?.content['application/json']?.schema as
      { $ref?: string } | undefined;
    const name = schema?.$ref?.split('/').at(-1) ?? '';
    const known = Object.keys(document.components?.schemas?.[name]?.properties ?? {});
    const body = Object.fromEntries(Object.entries(BODY).filter(([field]) => known.includes(field)));
    const state = async (): Promise<string> => {
      const [row] = await sql<{ state: string }>(superuserUrl, STATE);
      return row?.state as string;
    };
    // What was revoked by the operation before is marked in the background.
    await markingIsOver(databaseUrl);
    const before = await state();
    const requestId = randomUUID();
    await api.within(business.id).call(operation.method, path, {
      headers: { 'x-request-id': requestId },
      ...(schema !== undefined && {
        body: known.includes('selector')
          ? { ...body, ...selectorOf(operation.path, ids.identity_id ?? '') }
          : body,
      }),
    });
    if ((await state()) === before) continue;
    changed.push(operation.operationId ?? path);
    const told = await sql<{ event: object }>(superuserUrl, EVENTS_OF_REQUEST, [requestId]);
    const what = `${operation.method} ${operation.path}`;
    if (told.length === 0) silent.push(what);
    const text = JSON.stringify(told);
    for (const [field, value] of Object.entries(body))
      if (!text.includes(JSON.stringify(value))) silent.push(`${what} of ${field}`);
  }
  expect(silent).toEqual([]);
  expect(changed.length).toBeGreaterThan(8);
});
