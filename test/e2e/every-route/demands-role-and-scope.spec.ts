import { sql } from '../../support/databases.js';
import { aBusiness, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { nameOf, nativeOperations, takesBody } from '../../support/native-operations.js';
import type { Operation } from '../../support/operations.js';
import { askAnything, sampleWorld, type SampleWorld } from '../../support/sample-world.js';
import { platformSecret } from '../../support/test-run.js';

const EVERYBODY = ['owner', 'admin', 'developer', 'auditor', 'identity', 'platform'] as const;
type Caller = (typeof EVERYBODY)[number];

const MANAGERS: readonly Caller[] = ['owner', 'admin', 'platform'];
const READERS_OF_THE_LOG: readonly Caller[] = ['owner', 'admin', 'auditor', 'platform'];
const USERS_OF_TOKENS: readonly Caller[] = ['owner', 'admin', 'developer', 'identity', 'platform'];

/** Who may call what; the identity is one of role developer. Every other route is the platform's alone. */
const ALLOWED: Record<string, readonly Caller[]> = {
  'GET /api/v1/tokens': EVERYBODY,
  'POST /api/v1/tokens': USERS_OF_TOKENS,
  'POST /api/v1/tokens/verify': USERS_OF_TOKENS,
  'GET /api/v1/tokens/{token_id}': EVERYBODY,
  'PATCH /api/v1/tokens/{token_id}': USERS_OF_TOKENS,
  'POST /api/v1/tokens/{token_id}/rotate': USERS_OF_TOKENS,
  'POST /api/v1/tokens/{token_id}/revoke': EVERYBODY,
  'GET /api/v1/audit/retention': READERS_OF_THE_LOG,
  'PUT /api/v1/audit/retention': MANAGERS,
  'GET /api/v1/members': MANAGERS,
  'POST /api/v1/members': MANAGERS,
  'GET /api/v1/members/{member_id}': MANAGERS,
  'PATCH /api/v1/members/{member_id}': MANAGERS,
  'DELETE /api/v1/members/{member_id}': MANAGERS,
  'GET /api/v1/identities': MANAGERS,
  'POST /api/v1/identities': MANAGERS,
  'GET /api/v1/identities/{identity_id}': MANAGERS,
  'PATCH /api/v1/identities/{identity_id}': MANAGERS,
  'POST /api/v1/identities/{identity_id}/disable': MANAGERS,
  'POST /api/v1/identities/{identity_id}/enable': MANAGERS,
};

describe('roles and scopes', () => {
  let world: SampleWorld;
  let operations: Operation[];
  const secrets = new Map<Caller, string>();

  beforeAll(async () => {
    world = await sampleWorld();
    operations = await nativeOperations(world.app.url);
    for (const role of ['owner', 'admin', 'developer', 'auditor'] as const)
      secrets.set(role, (await aToken(world.business, { role })).secret);
    const identity = await anIdentity(world.business);
    secrets.set('identity', (await aToken(world.business, { identityId: identity.id })).secret);
    secrets.set('platform', platformSecret());
  });

  /** With a body that changes nothing: who may call is judged before what was sent. */
  const ask = (operation: Operation, secret: string) =>
    askAnything(world, operation, {
      secret,
      ...(takesBody(operation) ? { contentType: 'application/json', body: '{"no_such_field":1}' } : {}),
    });

  it('every role reaches what it may, and nothing else', async () => {
    const judged = operations.filter((each) => nameOf(each) in ALLOWED || each.tags?.includes('platform'));
    expect(judged.length).toBeGreaterThan(28);
    const wrong: string[] = [];
    for (const operation of judged) {
      const allowed = ALLOWED[nameOf(operation)] ?? ['platform'];
      for (const caller of EVERYBODY) {
        const { status, code, headers } = await ask(operation, secrets.get(caller) as string);
        const expected = allowed.includes(caller)
          ? status !== 403 && status < 500
          : code === 'permission.denied';
        if (!expected) wrong.push(`${caller}: ${nameOf(operation)} answered ${status} ${code}`);
        if (status === 403)
          expect(headers['www-authenticate']).toMatch(
            /^Bearer realm="rescind", error="insufficient_scope", scope="rescind:/,
          );
      }
    }
    expect(wrong).toEqual([]);
  });

  it('a token without scopes reaches nothing, whatever the role of its owner, but can revoke itself', async () => {
    const bare = await aToken(world.business, { role: 'owner', scopes: [] });
    const ownRevocation = 'POST /api/v1/tokens/{token_id}/revoke';
    for (const operation of operations.filter((each) => nameOf(each) !== ownRevocation)) {
      const { status } = await ask(operation, bare.secret);
      expect([nameOf(operation), status]).toEqual([nameOf(operation), 403]);
    }
    const other = await aToken(world.business);
    expect((await bare.api.post(`/api/v1/tokens/${other.id}/revoke`)).status).toBe(403);
    expect((await bare.api.post(`/api/v1/tokens/${bare.id}/revoke`)).status).toBe(201);
  });

  it('a role that shrinks takes the rights out of tokens that exist, at once', async () => {
    const business = await aBusiness();
    const token = await aToken(business, { role: 'admin' });
    expect((await token.api.get('/api/v1/members')).status).toBe(200);
    const member = (await memberOf(business, token.id)).id;
    await business.api.patch(`/api/v1/members/${member}`, { role: 'auditor' });
    expect((await token.api.get('/api/v1/members')).status).toBe(403);
    expect((await token.api.get('/api/v1/tokens')).status).toBe(200);
  });

  it('a denied access is an event in the log of the caller, and names no one else', async () => {
    const business = await aBusiness();
    const foreign = await aBusiness();
    const auditor = await aToken(business, { role: 'auditor' });
    await auditor.api.post('/api/v1/members', {});
    await auditor.api.within(foreign.id).get('/api/v1/tokens');
    const events = await sql<{ details: { code: string }; actor_token_id: string }>(
      world.app.databaseUrl,
      `SELECT details, actor_token_id FROM audit_events WHERE business_id = $1 AND action = 'access.denied' ORDER BY sequence`,
      [business.id],
    );
    expect(events.map(({ details }) => details.code)).toEqual(['permission.denied', 'business.forbidden']);
    expect(events.map((event) => event.actor_token_id)).toEqual([auditor.id, auditor.id]);
    expect(JSON.stringify(events)).not.toContain(foreign.id);
    const theirs = await sql(world.app.databaseUrl, `SELECT 1 FROM audit_events WHERE business_id = $1`, [
      foreign.id,
    ]);
    expect(theirs).toHaveLength(1);
  });

  async function memberOf(business: TestBusiness, tokenId: string): Promise<{ id: string }> {
    const { body } = await business.api.get(`/api/v1/tokens/${tokenId}`);
    return body.owner;
  }
});
