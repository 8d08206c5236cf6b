import { sql } from '../../support/databases.js';
import { postForm } from '../../support/form.js';
import { sharedApp } from '../../support/shared-app.js';
import { DIALECTS, dialectWorld, type DialectName, type DialectWorld } from './dialects.js';

const NAMES = Object.keys(DIALECTS) as DialectName[];
const PAIRS = NAMES.flatMap((issuer) =>
  NAMES.map((revoker): [DialectName, DialectName] => [issuer, revoker]),
);

describe('One store behind all dialects:', () => {
  let world: DialectWorld;
  beforeAll(async () => {
    world = await dialectWorld();
  });

  it.each(PAIRS)('a token issued in %s and revoked in %s is refused in all', async (issuer, revoker) => {
    const { databaseUrl, url } = await sharedApp();
    const token = await DIALECTS[issuer].issue(world);
    const verify = () => world.admin.post('/api/v1/tokens/verify', { token: token.secret });
    for (const name of NAMES) {
      expect([name, await DIALECTS[name].shows(world, token)]).toEqual([name, true]);
      expect([name, await DIALECTS[name].use(world, token)]).toEqual([name, name === 'vcita' ? 201 : 200]);
    }
    expect((await verify()).body).toMatchObject({ active: true, id: token.id });

    expect(await DIALECTS[revoker].revoke(world, token)).toBe(DIALECTS[revoker].revoked);

    expect((await verify()).body).toEqual({ active: false, reason: 'revoked' });
    for (const name of NAMES) expect([name, await DIALECTS[name].use(world, token)]).toEqual([name, 401]);
    const introspected = await postForm(url, '/oauth/introspect', `token=${token.secret}`, {
      bearer: world.admin.secret as string,
    });
    expect(JSON.parse(introspected.text)).toEqual({ active: false });
    const events = await sql(
      databaseUrl,
      `SELECT action, details->>'dialect' AS dialect FROM audit_events
         WHERE target_id = $1 AND action <> 'token.use_refused' ORDER BY sequence`,
      [token.id],
    );
    expect(events).toEqual([
      { action: 'token.issued', dialect: issuer },
      { action: 'token.revoked', dialect: null },
    ]);
    const records = await sql(databaseUrl, 'SELECT dialect FROM tokens WHERE id = $1', [token.id]);
    expect(records).toEqual([{ dialect: issuer }]);
  });

  it('the first revocation wins, whatever dialects ask at once', async () => {
    const token = await DIALECTS.vcita.issue(world);
    const statuses = await Promise.all(
      NAMES.flatMap((name) => [name, name]).map((name) => DIALECTS[name].revoke(world, token)),
    );
    for (const status of statuses) expect([200, 201, 404]).toContain(status);
    const events = await sql(
      (await sharedApp()).databaseUrl,
      `SELECT 1 FROM audit_events WHERE target_id = $1 AND action = 'token.revoked'`,
      [token.id],
    );
    expect(events).toHaveLength(1);
  });
});
