import { createHmac } from 'node:crypto';
import { sql } from '../../support/databases.js';
import { exchange } from '../../support/exchange.js';
import { aToken, type TestToken } from '../../support/factories.js';
import { endsByItself, nameOf, nativeOperations, takesBody } from '../../support/native-operations.js';
import { askAnything, sampleWorld, type SampleWorld } from '../../support/sample-world.js';
import { testRun } from '../../support/test-run.js';

describe('a secret is shown once and never again', () => {
  let world: SampleWorld;
  let token: TestToken;
  let needles: string[];

  beforeAll(async () => {
    world = await sampleWorld();
    token = await aToken(world.business, { role: 'owner' });
    const pepper = Buffer.from(testRun().secrets.RESCIND_PEPPER, 'base64');
    const digest = createHmac('sha256', pepper).update(token.secret).digest();
    const [, , random] = token.secret.split('_');
    needles = [token.secret, random as string, digest.toString('hex'), digest.toString('base64')];
  });

  const found = (text: string): string[] => needles.filter((needle) => text.includes(needle));

  it('not by any route that reads', async () => {
    const operations = (await nativeOperations(world.app.url)).filter(
      (each) => each.method === 'GET' && endsByItself(each),
    );
    for (const operation of operations) {
      const { text } = await askAnything(world, operation, { query: '' });
      expect([nameOf(operation), found(text)]).toEqual([nameOf(operation), []]);
    }
    const { body } = await token.api.get(`/api/v1/tokens/${token.id}`);
    expect(body.token_prefix).toMatch(/^dz_\w{4}\*{8}\w{4}$/);
  });

  it('not in the refusal of a request that carries it where it does not belong', async () => {
    for (const operation of await nativeOperations(world.app.url)) {
      const astray: SampleWorld = { ...world, idFor: () => token.secret };
      const inAddress = await askAnything(astray, operation, { query: `?token=${token.secret}` });
      const body = JSON.stringify({
        name: [token.secret],
        secret: token.secret,
        reason: [token.secret],
        token: [token.secret],
      });
      const inBody = takesBody(operation)
        ? await askAnything(world, operation, { contentType: 'application/json', body })
        : inAddress;
      for (const { text, headers } of [inAddress, inBody])
        expect([nameOf(operation), found(text + JSON.stringify(headers))]).toEqual([nameOf(operation), []]);
    }
  });

  it('not in the audit log, and in the database only as a digest', async () => {
    await world.business.api.post(`/api/v1/tokens/${token.id}/rotate`, { grace_seconds: 600 });
    const rows = await sql<{ line: string }>(
      world.app.databaseUrl,
      `SELECT e::text AS line FROM audit_events e UNION ALL SELECT (to_jsonb(t) - 'digest')::text FROM tokens t`,
    );
    expect(found(rows.map(({ line }) => line).join('\n'))).toEqual([]);
  });

  it('not in metrics, health or the document', async () => {
    for (const path of ['/metrics', '/health/ready', '/docs-json']) {
      const { status, text } = await exchange(world.app.url, { method: 'GET', path });
      expect(status).toBe(200);
      expect(found(text)).toEqual([]);
    }
  });
});
