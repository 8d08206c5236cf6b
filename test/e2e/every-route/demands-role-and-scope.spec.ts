import { sql } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { nameOf, nativeOperations, takesBody } from '../../support/native-operations.js';
import type { Operation } from '../../support/operations.js';
import { askAnything, sampleWorld, type SampleWorld } from '../../support/sample-world.js';

/** Who may do what to whom is a table, and has tests of its own: test/e2e/authorization. */
describe('roles and scopes', () => {
  let world: SampleWorld;
  let operations: Operation[];

  beforeAll(async () => {
    world = await sampleWorld();
    operations = await nativeOperations(world.app.url);
  });

  /** With a body that changes nothing: who may call is judged before what was sent. */
  const ask = (operation: Operation, secret: string) =>
    askAnything(world, operation, {
      secret,
      ...(takesBody(operation) ? { contentType: 'application/json', body: '{"no_such_field":1}' } : {}),
    });

  it('a token without scopes reaches nothing, whatever the role of its owner, but can revoke itself and find its business', async () => {
    const bare = await aToken(world.business, { role: 'owner', scopes: [] });
    const withoutScope = new Set([
      'POST /api/v1/tokens/{token_id}/revoke',
      'GET /api/v1/businesses',
      'POST /api/v1/leaks',
      'POST /api/v1/sessions',
      'POST /api/v1/sessions/{session_id}/revoke',
    ]);
    for (const operation of operations.filter((each) => !withoutScope.has(nameOf(each)))) {
      const { status, headers } = await ask(operation, bare.secret);
      expect([nameOf(operation), status]).toEqual([nameOf(operation), 403]);
      expect(headers['www-authenticate']).toMatch(
        /^Bearer realm="rescind", error="insufficient_scope", scope="rescind:/,
      );
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
