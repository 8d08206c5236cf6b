import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rescind } from '../../cli/rescind-command.js';
import { freshDatabase, ownerUrlOf, serviceUrlOf, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, type TestBusiness } from '../../support/factories.js';
import { Browser, type Step } from '../../support/oidc/browser.js';
import { sessionOf } from '../../support/oidc/sign-in-house.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { noteSecret } from '../../support/test-run.js';

const GUESS = '00000-00000-00000-00000-00000-00000';

describe('the recovery code of a business', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;
  let slug: string;
  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url, env: { RESCIND_FAILED_AUTH_LIMIT: '20' } });
    await app.ready();
    business = await aBusiness({ url: app.url });
    const { body } = await business.api
      .within(null)
      .get<{ slug: string }>(`/api/v1/admin/businesses/${business.id}`);
    slug = body.slug;
  });
  afterAll(async () => {
    await app?.stop();
    await database?.drop();
  });

  const make = async (of: string) => {
    const env = { DATABASE_URL: serviceUrlOf(database.url), RESCIND_MIGRATE_URL: ownerUrlOf(database.url) };
    const made = await rescind(['recovery-code', '--business', of], env, true).ended;
    if (made.code === 0) noteSecret(made.stdout.trim());
    return made;
  };
  const use = (
    code: string,
    { of = business.id, headers = {}, browser = new Browser() } = {},
  ): Promise<Step> =>
    browser.go(`${app.url}/sign-in/recovery`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', ...headers },
      body: JSON.stringify({ business: of, code }),
    });

  it('opens one session of an hour as the owner of longest standing, loud in the log', async () => {
    const { stdout, code, stderr } = await make(slug);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('shown this once') });
    expect(stdout).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){5}[0-9A-HJKMNP-TV-Z]{5}\n$/);
    // Nobody there to sign in: the code is not used up.
    expect((await use(stdout.trim())).status).toBe(401);
    const owner = await aMember(business, 'owner');
    await aMember(business, 'owner');
    const browser = new Browser();
    const typed = stdout.trim().toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
    const answer = await use(typed, { of: slug, browser });
    expect(answer.status).toBe(201);
    const opened = JSON.parse(answer.text) as { session_id: string; business_id: string; expires_at: string };
    expect(opened.business_id).toBe(business.id);
    const leftMs = Date.parse(opened.expires_at) - Date.now();
    expect(leftMs).toBeGreaterThan(3_500_000);
    expect(leftMs).toBeLessThanOrEqual(3_601_000);
    expect(await sessionOf(app.url, browser)).toMatchObject({
      ...{ id: opened.session_id, role: 'owner', signed_in_with: 'recovery_code' },
      person: { id: owner.id },
    });
    const { body } = await business.api.get('/api/v1/audit/events', { action: 'access.break_glass' });
    expect(body.items).toHaveLength(1);
    expect(body.items[0]).toMatchObject({
      actor: { kind: 'system' },
      target: { kind: 'member', id: owner.id },
      details: { method: 'recovery_code', email: owner.email },
    });
    expect(app.logs()).toContain('access.break_glass');
    expect((await use(stdout.trim())).status).toBe(401);
  });

  it('is good for one of many who use it at the same time', async () => {
    const code = (await make(business.id)).stdout.trim();
    const answers = await Promise.all(Array.from({ length: 6 }, () => use(code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401, 401, 401, 401]);
  });

  it('ends when another is made, and is good in no other business', async () => {
    const first = (await make(business.id)).stdout.trim();
    const second = (await make(business.id)).stdout.trim();
    const other = await aBusiness({ url: app.url });
    await aMember(other, 'owner');
    expect((await use(first)).status).toBe(401);
    expect((await use(second, { of: other.id })).status).toBe(401);
    const { body } = await business.api.get('/api/v1/audit/events', { action: 'recovery_code.made' });
    expect(body.items[0].details).toEqual({ replaced: true });
    expect((await use(second)).status).toBe(201);
  });

  it('is taken from pages of our own alone, which says nothing of the code', async () => {
    const code = (await make(business.id)).stdout.trim();
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
    ]) {
      const answer = await use(code, { headers });
      expect(answer.status).toBe(403);
      expect(answer.setCookies).toEqual([]);
    }
    expect((await use(code)).status).toBe(201);
  });

  it('is answered the same for a wrong code, for none, and for a business that there is not', async () => {
    await make(business.id);
    const answers = [await use(GUESS), await use('x'), await use(GUESS, { of: 'nowhere' }), await use(GUESS, { of: '00000000-0000-7000-8000-000000000000' })]; // prettier-ignore
    const told = answers.map(({ status, text }) => [status, { ...JSON.parse(text), request_id: null }]);
    expect(new Set(told.map((each) => JSON.stringify(each))).size).toBe(1);
  });

  it('is not made for a business that there is not', async () => {
    const { code, stderr } = await make('nowhere');
    expect(code).toBe(1);
    expect(stderr).toContain('must be the id or the slug of a business');
  });

  it('cannot be guessed for long, and guesses are in the log of the platform', async () => {
    const statuses: number[] = [];
    while (statuses.length < 25) statuses.push((await use(GUESS)).status);
    expect(statuses.at(-1)).toBe(429);
    const root = business.api.within(null);
    const { body } = await root.get('/api/v1/admin/audit/events', {
      business_id: 'platform',
      action: 'sign_in.failed',
    });
    expect(body.items[0].details).toMatchObject({ method: 'recovery_code', failure: 'recovery_code' });
    expect(JSON.stringify(body.items)).not.toContain('00000-00000');
  });
});
