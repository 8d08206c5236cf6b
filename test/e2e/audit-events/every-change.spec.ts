import { sql } from '../../support/databases.js';
import { aBusiness, aMember, anIdentity, aToken, platform } from '../../support/factories.js';
import { operationsOf } from '../../support/operations.js';
import { sharedApp } from '../../support/shared-app.js';

/** Routes that change no state: they ask, though with a body. */
const ASKING = new Set(['POST /api/v1/tokens/verify', 'POST /oauth/introspect', 'POST /gateway/authorize']);

/** State of the whole house, but for what is no change: when a token was last used, and the log itself. */
const STATE = `SELECT md5(string_agg(row, ',' ORDER BY row)) AS state FROM (
  SELECT md5(businesses::text) AS row FROM businesses UNION ALL SELECT md5(members::text) FROM members
  UNION ALL SELECT md5(identities::text) FROM identities UNION ALL SELECT md5(audit_retention::text) FROM audit_retention
  UNION ALL SELECT md5((to_jsonb(tokens) - 'last_used_at' - 'updated_at' - 'uses')::text) FROM tokens) rows`;

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

it('every route that changes anything leaves an event in the same breath', async () => {
  const { url, superuserUrl } = await sharedApp();
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
    const known = Object.keys((document.components?.schemas?.[name]?.properties ?? {}) as object);
    const body = Object.fromEntries(Object.entries(BODY).filter(([field]) => known.includes(field)));
    const look = async (): Promise<{ state: string; events: string }> => {
      const [{ state }] = (await sql<{ state: string }>(superuserUrl, STATE)) as [{ state: string }];
      const [{ events }] = (await sql<{ events: string }>(
        superuserUrl,
        'SELECT sum(size) AS events FROM audit_heads',
      )) as [{ events: string }];
      return { state, events };
    };
    const before = await look();
    await api.within(business.id).call(operation.method, path, schema === undefined ? {} : { body });
    const after = await look();
    if (after.state === before.state) continue;
    changed.push(operation.operationId ?? path);
    if (after.events === before.events) silent.push(`${operation.method} ${operation.path}`);
  }
  expect(silent).toEqual([]);
  expect(changed.length).toBeGreaterThan(8);
});
