import { expire } from '../../support/expire.js';
import { exchange, type Answer } from '../../support/exchange.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { freshDatabase } from '../../support/databases.js';
import { startRescind } from '../../support/rescind-process.js';
import { sharedApp } from '../../support/shared-app.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';

const PATH = '/gateway/authorize';
const UNKNOWN_ID = '0199c0de-0000-7000-8000-00000000dead';

describe('/gateway/authorize refuses', () => {
  let url: string;
  let business: TestBusiness;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness();
  });

  const ask = (secret: string, path = PATH, more: [string, string][] = []): Promise<Answer> =>
    exchange(url, { method: 'GET', path, headers: [['authorization', `Bearer ${secret}`], ...more] });

  it('nothing presented with 401, also where the address holds a secret', async () => {
    const { secret } = await aToken(business);
    for (const path of [PATH, `${PATH}?access_token=${secret}`]) {
      const answer = await exchange(url, { method: 'GET', path });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="rescind"');
      expect(answer.headers['cache-control']).toBe('no-store');
    }
  });

  it('malformed credentials with 401, the only refusal besides 403 that nginx understands', async () => {
    const { secret } = await aToken(business);
    for (const value of ['Bearer', 'Bearer a b', `Bearer ${secret},${secret}`, 'Basic eDp5'])
      expect(
        (await exchange(url, { method: 'GET', path: PATH, headers: [['authorization', value]] })).status,
      ).toBe(401);
    expect((await ask(secret, PATH, [['authorization', `Bearer ${secret}`]])).status).toBe(401);
  });

  it('revoked, expired and unknown tokens with 401', async () => {
    const revoked = await aToken(business);
    expect((await ask(revoked.secret)).status).toBe(200);
    await business.api.post(`/api/v1/tokens/${revoked.id}/revoke`, {});
    const expired = await aToken(business);
    await expire(expired.id);
    for (const secret of [revoked.secret, expired.secret, 'dz_unknown']) {
      const answer = await ask(secret);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
      expect(answer.headers['x-rescind-owner-kind']).toBeUndefined();
    }
  });

  it('a missing scope with 403, and names it', async () => {
    const { secret } = await aToken(business, { scopes: ['jobs:read'] });
    const answer = await ask(secret, `${PATH}?scope=jobs:read&scope=jobs:write`);
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toContain('scope="jobs:write"');
    // Whatever stands there is no scope of anybody's, and must not break the header.
    expect((await ask(secret, `${PATH}?scope=%22%0d%0ax`)).status).toBe(403);
  });

  it('a foreign and an unknown business with 403, in the same bytes', async () => {
    const { secret } = await aToken(business);
    const { id: foreign } = await aBusiness();
    const answers = [];
    for (const id of [foreign, UNKNOWN_ID, 'no uuid']) {
      answers.push(await ask(secret, `${PATH}?business=${encodeURIComponent(id)}`));
      answers.push(await ask(secret, PATH, [['x-business-id', id]]));
    }
    answers.push(await ask(secret, `${PATH}?business=${business.id}&business=${foreign}`));
    answers.push(await ask(platformSecret(), PATH, [['x-business-id', UNKNOWN_ID]]));
    const bodies = answers.map(({ text }) => ({ ...(JSON.parse(text) as object), request_id: '' }));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]));
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
  });

  it('everybody with 503 while it cannot tell', async () => {
    const database = await freshDatabase();
    const app = await startRescind({ databaseUrl: database.url, env: { RESCIND_VERDICT_MEMORY: '0' } });
    const at = (path: string, secret = platformSecret()): Promise<Answer> =>
      exchange(app.url, { method: 'GET', path, headers: [['authorization', `Bearer ${secret}`]] });
    expect((await at(PATH)).status).toBe(200);
    await database.drop();
    const answer = await waitFor('the loss to be noticed', async () => {
      const { status, headers } = await at(PATH);
      return status === 200 ? null : { status, headers };
    });
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    await app.kill();
  });

  it('by never answering 429, however often', async () => {
    const database = await freshDatabase();
    const app = await startRescind({
      databaseUrl: database.url,
      env: { RESCIND_FAILED_AUTH_LIMIT: '2', RESCIND_OPEN_ROUTE_LIMIT: '2' },
    });
    for (let round = 0; round < 10; round++) {
      const headers: [string, string][] = [['authorization', 'Bearer dz_guess']];
      expect((await exchange(app.url, { method: 'GET', path: PATH, headers })).status).toBe(401);
    }
    await app.stop();
    await database.drop();
  });
});
