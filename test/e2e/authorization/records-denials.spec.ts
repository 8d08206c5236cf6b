import { sql } from '../../support/databases.js';
import { aBusiness, aMember, aToken, type TestBusiness } from '../../support/factories.js';
import { exchange } from '../../support/exchange.js';
import { everyOperation, type Operation } from '../../support/operations.js';
import { aSession } from '../../support/session.js';
import { sharedApp } from '../../support/shared-app.js';
import { SESSION_COOKIE } from '../../../src/common/session-secret.js';

const UNKNOWN_ID = '0199c0de-0000-7000-8000-000000000000';

describe('a denied call', () => {
  let operations: Operation[];
  beforeAll(async () => {
    // Whoever has signed out is denied nothing any more.
    operations = (await everyOperation((await sharedApp()).url)).filter(
      ({ operationId }) => operationId !== 'endCurrentSession',
    );
  });

  /** How many calls of each operation are denied to whoever has this credential, and what the log says of it. */
  async function denied(business: TestBusiness, credential: [string, string][], tokenId: string) {
    const { url, databaseUrl } = await sharedApp();
    let refused = 0;
    for (const operation of operations) {
      const headers: [string, string][] = [...credential];
      if (operation.needsBusiness) headers.push(['x-business-id', business.id]);
      const hasBody = operation.requestBody !== undefined;
      if (hasBody)
        headers.push(['content-type', Object.keys(operation.requestBody?.content ?? {})[0] as string]);
      const { status } = await exchange(url, {
        method: operation.method,
        path: operation.address(() => UNKNOWN_ID),
        headers,
        body: hasBody ? '{}' : undefined,
      });
      if (status === 403) refused++;
    }
    const [row] = await sql<{ count: number }>(
      databaseUrl,
      `SELECT coalesce(sum((details->>'count')::int), 0)::int AS count FROM audit_events
       WHERE business_id = $1 AND action = 'access.denied' AND actor_token_id = $2
         AND details->>'code' IN ('business.forbidden', 'permission.denied', 'permission.scope_not_grantable', 'session.cross_site')`,
      [business.id, tokenId],
    );
    return { refused, recorded: row?.count };
  }

  it('of whatever operation of whatever dialect is in the log before it is answered, made with a token', async () => {
    const business = await aBusiness();
    const member = await aMember(business, 'auditor');
    const { secret, id } = await aToken(business, { member, scopes: [] });
    const { refused, recorded } = await denied(business, [['authorization', `Bearer ${secret}`]], id);
    expect(refused).toBeGreaterThan(80);
    expect(recorded).toBe(refused);
  });

  it('and made with a session', async () => {
    const business = await aBusiness();
    const member = await aMember(business, 'auditor');
    const session = await aSession((await aToken(business, { member, scopes: [] })).api);
    const cookie: [string, string][] = [
      ['cookie', `${SESSION_COOKIE}=${session.secret}`],
      ['sec-fetch-site', 'same-origin'],
    ];
    const { refused, recorded } = await denied(business, cookie, session.id);
    expect(refused).toBeGreaterThan(80);
    expect(recorded).toBe(refused);
  });
});
