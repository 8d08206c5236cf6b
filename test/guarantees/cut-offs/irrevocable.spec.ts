import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { changeToken } from '../../support/token-mac.js';
import { Api } from '../../support/api.js';
import { ownerUrlOf, serviceUrlOf, sql } from '../../support/databases.js';
import { aMember, anIdentity, aToken, type TestToken } from '../../support/factories.js';
import { platformSecret, runDirectory } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

const PRELOAD = new URL('../torture/preload.mjs', `file://${import.meta.dirname}/`).href;
const NIL_UUID = '00000000-0000-0000-0000-000000000000';
const DAY_MS = 86_400_000;

describe('R3: a cut-off only ever rises, and the first end of a token counts', () => {
  let world: Verifiers;
  let wrongClock: Verifier;
  beforeAll(async () => {
    world = await startVerifiers(1);
    wrongClock = await world.add({
      NODE_OPTIONS: `--import=${PRELOAD}`,
      TORTURE_ORDERS: join(runDirectory(), 'orders-cut-offs.json'),
      TORTURE_WALL_OFFSET_MS: String(10 * DAY_MS),
    });
    writeFileSync(join(runDirectory(), 'orders-cut-offs.json'), '{}');
  });
  afterAll(() => world?.end());

  const query = <Row>(text: string, ...values: unknown[]): Promise<Row[]> =>
    sql<Row>(world.database.superuserUrl, text, values);
  const revoke = (selector: object, more: object = {}) =>
    world.business.api.post('/api/v1/revocations', { selector, reason: 'stolen', ...more });
  const rowOf = async (token: TestToken) =>
    (
      await query<{
        revoked_at: Date;
        revoked_by: string;
        revocation_reason: string;
        revoked_with: string | null;
      }>('SELECT revoked_at, revoked_by, revocation_reason, revoked_with FROM tokens WHERE id = $1', token.id)
    )[0];
  const whenDone = (id: string) =>
    waitFor('all to be marked', async () => {
      const { body } = await world.business.api.get(`/api/v1/revocations/${id}`);
      return body.state === 'done';
    });

  it('is refused by the database, whoever lowers, takes back, moves or forges one by hand', async () => {
    const member = await aMember(world.business);
    await aToken(world.business, { member });
    const { body } = await revoke({ owner: member.email });
    await whenDone(body.id);
    for (const url of [world.database.superuserUrl, ownerUrlOf(world.database.url)]) {
      const session = new pg.Client({ connectionString: url });
      await session.connect();
      await session.query(`SET app.business_id = '*'`);
      for (const statement of [
        `UPDATE members SET not_before = not_before - interval '1 hour' WHERE id = '${member.id}'`,
        `UPDATE members SET not_before = NULL WHERE id = '${member.id}'`,
        `UPDATE members SET not_before = not_before + interval '1 hour' WHERE id = '${member.id}'`,
        `UPDATE businesses SET not_before = now() WHERE id = '${world.business.id}'`,
        'UPDATE platform_not_before SET not_before = now()',
        'DELETE FROM platform_not_before',
        'TRUNCATE platform_not_before',
        `UPDATE peppers SET not_before = now()`,
        `UPDATE revocations SET not_before = not_before - interval '1 hour' WHERE id = '${body.id}'`,
        `UPDATE revocations SET revoked_by = 'nobody' WHERE id = '${body.id}'`,
        `UPDATE revocations SET state = 'marking' WHERE id = '${body.id}'`,
        `DELETE FROM revocations WHERE id = '${body.id}'`,
        'TRUNCATE revocations',
        `UPDATE tokens SET revoked_with = NULL WHERE revoked_with = '${body.id}'`,
        `UPDATE tokens SET revoked_at = NULL, revoked_with = NULL WHERE revoked_with = '${body.id}'`,
        `INSERT INTO revocations (id, business_id, shape, subject, selector, not_before, revoked_by)
         VALUES (gen_random_uuid(), gen_random_uuid(), 'owner', '${member.id}', '{}', now(), 'x')`,
      ]) {
        const refusal = await session.query(statement).then(
          () => null,
          (error: { code: string }) => error.code,
        );
        expect([statement, refusal]).toEqual([statement, '23000']);
      }
      await session.end();
    }
  });

  it('keeps the facts of what was revoked before, and gives its own to whoever is revoked after it', async () => {
    const member = await aMember(world.business);
    const [before, after, rotated] = [
      await aToken(world.business, { member }),
      await aToken(world.business, { member }),
      await aToken(world.business, { member }),
    ];
    await world.business.api.post(`/api/v1/tokens/${before.id}/revoke`, { reason: 'before' });
    const own = await rowOf(before);
    // The marking waits for this log: what is revoked meanwhile is revoked behind the cut-off.
    const { body } = await revoke({ owner: member.email });
    const again = await world.business.api.post(`/api/v1/tokens/${after.id}/revoke`, { reason: 'after' });
    expect([again.status, again.body.tokens_revoked, again.body.data]).toMatchObject([
      201,
      0,
      { revoked_at: body.revoked_at, revocation_reason: 'stolen' },
    ]);
    const shown = await world.business.api.get(`/api/v1/tokens/${after.id}`);
    expect(shown.body).toMatchObject({
      status: 'revoked',
      revoked_at: body.revoked_at,
      revocation_reason: 'stolen',
    });
    expect((await world.business.api.post(`/api/v1/tokens/${rotated.id}/rotate`, {})).status).toBe(409);
    await whenDone(body.id);
    expect(await rowOf(before)).toEqual(own);
    expect(await rowOf(after)).toMatchObject({ revocation_reason: 'stolen', revoked_with: body.id });
    const events = await query(
      `SELECT target_id, count(*)::int AS count FROM audit_events WHERE action = 'token.revoked' AND target_id = ANY ($1) GROUP BY 1`,
      [before.id, after.id, rotated.id],
    );
    expect(events.map((event) => (event as { count: number }).count)).toEqual([1, 1, 1]);
  });

  it('says so of every token before its row does, in lists, records and receipts', async () => {
    const member = await aMember(world.business);
    const token = await aToken(world.business, { member });
    const { api } = world.business;
    const holder = new pg.Client({ connectionString: world.database.superuserUrl });
    await holder.connect();
    // Whoever marks it has to wait for its row.
    await holder.query('BEGIN');
    await holder.query('SELECT FROM tokens WHERE id = $1 FOR UPDATE', [token.id]);
    const { body } = await revoke({ owner: member.email });
    expect(await rowOf(token)).toMatchObject({ revoked_at: null });
    const facts = { status: 'revoked', revoked_at: body.revoked_at, revocation_reason: 'stolen' };
    expect((await api.get(`/api/v1/tokens/${token.id}`)).body).toMatchObject(facts);
    const owned = { owner_email: member.email };
    expect((await api.get('/api/v1/tokens', owned)).body.items).toEqual([]);
    const all = await api.get('/api/v1/tokens', { ...owned, include_revoked: true });
    expect(all.body.items).toEqual([expect.objectContaining(facts)]);
    await holder.query('COMMIT');
    await holder.end();
    const receipt = await api.get(`/api/v1/tokens/${token.id}/receipt`);
    expect(receipt.status).toBe(200);
    const claims = JSON.parse(
      Buffer.from(receipt.text.split('.')[1] as string, 'base64url').toString(),
    ) as object;
    expect(claims).toMatchObject({ revocation_id: body.id, revoked_at: body.revoked_at });
    const whole = await api.get(`/api/v1/revocations/${body.id}/receipt`);
    expect(JSON.parse(Buffer.from(whole.text.split('.')[1] as string, 'base64url').toString())).toMatchObject(
      {
        sub: body.id,
        issued_before: body.issued_before,
        selector: { owner: member.email },
      },
    );
  });

  it('stays with an identity that is disabled and enabled again, and with a business that is resumed', async () => {
    const identity = await anIdentity(world.business);
    const token = await aToken(world.business, { identityId: identity.id });
    await world.remember(token);
    const { api } = world.business;
    await revoke({ identity: identity.id });
    for (const what of ['disable', 'enable']) await api.post(`/api/v1/identities/${identity.id}/${what}`);
    await api.within(null).post(`/api/v1/admin/businesses/${world.business.id}/suspend`, {});
    await api.within(null).post(`/api/v1/admin/businesses/${world.business.id}/resume`);
    expect(await world.verdicts(token)).toEqual(['revoked', 'revoked']);
    const fresh = await aToken(world.business, { identityId: identity.id });
    expect(await world.verdicts(fresh)).toEqual(['active', 'active']);
  });

  it('goes by the clock of the database, on a process whose own is ten days ahead', async () => {
    const member = await aMember(world.business);
    const api = new Api(wrongClock.url, platformSecret(), world.business.id);
    const token = await aToken({ ...world.business, api }, { member });
    const [row] = await query<{ now: Date }>('SELECT now() AS now');
    const later = new Date((row as { now: Date }).now.getTime() + 60_000).toISOString();
    const request = { selector: { owner: member.email }, reason: 'x' };
    expect((await api.post('/api/v1/revocations', { ...request, issued_before: later })).status).toBe(422);
    expect(await world.verdicts(token)).toEqual(['active', 'active']);
    expect((await api.post('/api/v1/revocations', request)).status).toBe(201);
    const fresh = await aToken({ ...world.business, api }, { member });
    expect([...(await world.verdicts(token)), ...(await world.verdicts(fresh))]).toEqual([
      'revoked',
      'revoked',
      'active',
      'active',
    ]);
  });

  it('holds when the clock of the database was set back: what was issued before is older than what cuts it off', async () => {
    const member = await aMember(world.business);
    const token = await aToken(world.business, { member });
    await changeToken(world.database.superuserUrl, token.id, `created_at = now() + interval '2 seconds'`);
    await revoke({ owner: member.email });
    expect(await world.verdicts(token)).toEqual(['revoked', 'revoked']);
    const fresh = await aToken(world.business, { member });
    expect(await world.verdicts(fresh)).toEqual(['active', 'active']);
  });

  it('of the platform counts in a business as well, for sessions that see no other rows of the platform', async () => {
    const token = await aToken(world.business);
    const session = new pg.Client({ connectionString: serviceUrlOf(world.database.url) });
    await session.connect();
    const as = (business: string): Promise<unknown> =>
      session.query(`SELECT set_config('app.business_id', $1, true)`, [business]);
    await session.query('BEGIN');
    await as(NIL_UUID);
    await session.query(
      `INSERT INTO revocations (id, business_id, shape, subject, selector, not_before, revoked_by, revocation_reason)
       VALUES ($1, $1, 'platform', 'platform', '{}', clock_timestamp() + interval '1 second', 'operator', 'all')`,
      [NIL_UUID],
    );
    await as(world.business.id);
    const { rows } = await session.query(
      `UPDATE tokens SET revoked_at = now(), revoked_by = 'somebody' WHERE id = $1 RETURNING revoked_with, revoked_by, revocation_reason`,
      [token.id],
    );
    await session.query('ROLLBACK');
    await session.end();
    expect(rows).toEqual([{ revoked_with: NIL_UUID, revoked_by: 'operator', revocation_reason: 'all' }]);
  });

  it('ends uses that are counted', async () => {
    const identity = await anIdentity(world.business);
    const { api } = world.business;
    const own = await aToken(world.business, { role: 'owner' });
    const path = `/api/v1/auth/token-auth/identities/${identity.id}`;
    await own.api.within(null).post(path, { accessTokenNumUsesLimit: 1000 });
    const { body } = await own.api.within(null).post(`${path}/tokens`, {});
    const secret = body.accessToken as string;
    const asked = async () =>
      (await api.post('/api/v1/tokens/verify', { token: secret })).body.active as boolean;
    expect(await asked()).toBe(true);
    let isOver = false;
    const claims = (async () => {
      while (!isOver) await asked();
    })();
    await revoke({ identity: identity.id });
    const answers = await Promise.all(Array.from({ length: 20 }, asked));
    isOver = true;
    await claims;
    expect(answers).toEqual(Array(20).fill(false));
  });
});
