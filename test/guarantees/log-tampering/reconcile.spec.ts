import { rescind, type Outcome } from '../../cli/rescind-command.js';
import { serviceUrlOf } from '../../support/databases.js';
import { aMember, anIdentity, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { aSession } from '../../support/session.js';
import { waitFor } from '../../support/wait-for.js';
import { outcomeOf, verify } from '../verifiers.js';
import { TamperedHouse, tokensGoodAgain } from './house.js';

const LIMIT_MS = 300_000;

let house: TamperedHouse;
beforeEach(async () => {
  house = await TamperedHouse.start();
});
afterEach(() => house.end());

const reconcile = (...args: string[]): Promise<Outcome> =>
  rescind(['audit', 'reconcile', ...args], { DATABASE_URL: serviceUrlOf(house.database.url) }, true).ended;

const outcome = async (log: TestBusiness, token: TestToken): Promise<string> =>
  outcomeOf(await verify(house.app, log, token));

async function demand<Body = { accessToken: string }>(
  answer: Promise<{ status: number; body: unknown }>,
): Promise<Body> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`refused: ${status} ${JSON.stringify(body)}`);
  return body as Body;
}

/** One of everything that the log can say of a token, a member, an identity and a business. */
async function aHistory(log: TestBusiness): Promise<void> {
  const { api } = log;
  const member = await aMember(log);
  const [theirs, replaced] = [
    await aToken(log, { member }),
    await aToken(log, { member, expiresInDays: null }),
  ];
  await demand(api.patch(`/api/v1/members/${member.id}`, { role: 'admin', name: 'Ada' }));
  await demand(api.post(`/api/v1/tokens/${replaced.id}/rotate`, { grace_seconds: 60 }));
  await demand(api.patch(`/api/v1/tokens/${theirs.id}`, { name: 'renamed' }));
  const leaver = await aMember(log);
  await aToken(log, { member: leaver });
  await demand(api.delete(`/api/v1/members/${leaver.id}`));
  const identity = await anIdentity(log);
  await aToken(log, { identityId: identity.id });
  await demand(api.patch(`/api/v1/identities/${identity.id}`, { name: 'renamed', role: 'admin' }));
  const config = `/api/v1/auth/token-auth/identities/${identity.id}`;
  await demand(api.post(config, { accessTokenTTL: 3600, accessTokenMaxTTL: 7200 }));
  const { accessToken } = await demand(api.post(`${config}/tokens`, { name: 'n' }));
  await demand(api.as(null).post('/api/v1/auth/token/renew', { accessToken }));
  const disabled = await anIdentity(log);
  await demand(api.post(`/api/v1/identities/${disabled.id}/disable`, {}));
  await demand(api.post(`/api/v1/identities/${disabled.id}/enable`, {}));
  await demand(api.post('/api/v1/revocations', { selector: { identity: identity.id }, reason: 'lost' }));
  await aToken(log, { identityId: identity.id });
  const labelled = await demand<{ token_info: { id: string } }>(
    api.post('/api/v1/tokens', {
      name: 'labelled',
      owner_email: member.email,
      external_id: 'customer-1',
      metadata: { seats: 1.5, plan: 'free' },
      trusted_ips: ['127.0.0.0/8', '::1'],
    }),
  );
  const path = `/api/v1/tokens/${labelled.token_info.id}`;
  await demand(
    api.patch(path, { external_id: null, metadata: { plan: 'pro', at: null }, trusted_ips: null }),
  );
  await demand(api.post(`${path}/rotate`, { grace_seconds: 0 }));
  const parent = await aToken(log, { role: 'admin' });
  await demand(parent.api.post('/api/v1/tokens', { name: 'child' }));
  const { api: session } = await aSession(parent.api);
  await demand(session.post('/api/v1/sessions/current/end', {}));
  await aSession(parent.api);
  await demand(api.post(`/api/v1/tokens/${parent.id}/revoke`, { children: true, reason: 'left' }));
  await aToken(log, { scopes: ['orders:read'] });
  await demand(
    api.post('/api/v1/revocations', {
      selector: { owner_email: '*', scopes_has: ['orders:read'] },
      reason: 'lost',
    }),
  );
  await demand(api.post(`/api/v1/admin/businesses/${log.id}/suspend`, {}));
  await demand(api.post(`/api/v1/admin/businesses/${log.id}/resume`, {}));
}

it(
  'finds nothing where nothing was changed behind the back of the log',
  async () => {
    const [log, other] = [await house.aLog(), await house.aLog(1)];
    await aHistory(log);
    await other.api.post(`/api/v1/tokens/${other.tokens[0]!.id}/revoke`, { reason: 'lost' });
    const { code, stdout, stderr } = await reconcile();
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('3 of 3 logs compared, 0 differences.');
    await house.app.ready();
  },
  LIMIT_MS,
);

it(
  'names what was changed with SQL, refuses tokens meanwhile, and lets them be again once that is cleared',
  async () => {
    const log = await house.aLog(4);
    const [escalated, moved, prolonged, ended] = log.tokens as [TestToken, TestToken, TestToken, TestToken];
    const [member, leaver, identity] = [await aMember(log), await aMember(log), await anIdentity(log)];
    await demand(log.api.delete(`/api/v1/members/${leaver.id}`));
    expect(await outcome(log, escalated)).toBe('active');
    const invented = '0199c0de-0000-7000-8000-00000000f0f0';
    await house.tamper(`
      UPDATE tokens SET scopes = scopes || '{rescind:tokens:write}' WHERE id = '${escalated.id}';
      UPDATE tokens SET member_id = '${member.id}' WHERE id = '${moved.id}';
      UPDATE tokens SET expires_at = now() + interval '99 years' WHERE id = '${prolonged.id}';
      UPDATE tokens SET revoked_at = now(), revoked_by = 'nobody' WHERE id = '${ended.id}';
      INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, token_prefix, digest, pepper_id, scopes)
        SELECT '${invented}', 'invented', business_id, owner_kind, member_id, token_prefix, digest, pepper_id, scopes FROM tokens WHERE id = '${moved.id}';
      UPDATE members SET role = 'owner' WHERE id = '${member.id}';
      UPDATE members SET removed_at = NULL WHERE id = '${leaver.id}';
      UPDATE identities SET role = 'owner' WHERE id = '${identity.id}'`);
    const { code, stdout } = await reconcile('--business', log.id);
    expect(stdout.trim().split('\n').sort()).toEqual(
      [
        `${log.id} ${escalated.id} token with other scopes`,
        `${log.id} ${moved.id} token with other owner`,
        `${log.id} ${prolonged.id} token with other expiry`,
        `${log.id} ${ended.id} token with other state of revocation`,
        `${log.id} ${invented} token that was never issued`,
        `${log.id} ${member.id} member with another role`,
        `${log.id} ${leaver.id} member that was removed`,
        `${log.id} ${identity.id} identity with another role`,
      ].sort(),
    );
    expect(code).toBe(1);
    await waitFor('not to be ready', async () => !(await house.isUnharmed()));
    for (const token of [escalated, moved, prolonged])
      await waitFor('the token to be refused', async () => (await outcome(log, token)) === 'revoked');

    await house.tamper(
      `UPDATE tokens SET scopes = scopes[:cardinality(scopes) - 1] WHERE id = '${escalated.id}'`,
    );
    const cleared = await rescind(
      ['audit', 'faults', '--clear', log.id],
      { DATABASE_URL: serviceUrlOf(house.database.url) },
      true,
    ).ended;
    expect(cleared.code).toBe(0);
    await waitFor('the token to be good again', async () => (await outcome(log, escalated)) === 'active');
  },
  LIMIT_MS,
);

it(
  'names a cut-off that was lowered with SQL: of a member, and of the business',
  async () => {
    const log = await house.aLog();
    const member = await aMember(log);
    for (const selector of [{ owner: member.email }, { business: true }])
      await demand(log.api.post('/api/v1/revocations', { selector, reason: 'lost' }));
    await house.tamper(`
      UPDATE members SET not_before = NULL WHERE id = '${member.id}';
      UPDATE businesses SET not_before = not_before - interval '1 day' WHERE id = '${log.id}'`);
    const { code, stdout } = await reconcile('--business', log.id);
    expect(stdout.trim().split('\n').sort()).toEqual(
      [
        `${log.id} ${member.id} owner that was cut off other than it says`,
        `${log.id} ${log.id} business that was cut off other than it says`,
      ].sort(),
    );
    expect(code).toBe(1);
  },
  LIMIT_MS,
);

it(
  'refuses an id that is no business',
  async () => {
    expect(await reconcile('--business', '0199c0de-0000-7000-8000-00000000f0f0')).toMatchObject({
      code: 2,
      stdout: '',
    });
  },
  LIMIT_MS,
);

it(
  'judges what is there: no background task of it puts right a token that was made good again',
  async () => {
    const log = await house.aLog(1);
    const [token] = log.tokens as [TestToken];
    await demand(log.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'lost' }));
    await house.sealed(log.id);
    await house.app.stop();
    await house.tamper(tokensGoodAgain([token.id]));
    const { code, stdout } = await reconcile();
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining(`${log.id} ${token.id} un-revoked\n`) as string,
    });
    const rows = await house.rows('SELECT revoked_at FROM tokens WHERE id = $1', [token.id]);
    expect(rows).toEqual([{ revoked_at: null }]);
  },
  LIMIT_MS,
);

it.each<[string, string, (logId: string) => string]>([
  [
    'is gone',
    '2 event_missing',
    (logId) => `DELETE FROM audit_events WHERE business_id = '${logId}' AND sequence = 2`,
  ],
  [
    'was changed',
    '2 event_forged',
    (logId) => `UPDATE audit_events SET reason = 'x' WHERE business_id = '${logId}' AND sequence = 2`,
  ],
  [
    'is said to be dropped',
    '2 drop_forged',
    (logId) => `INSERT INTO audit_retention (business_id, dropped_through) VALUES ('${logId}', 2)`,
  ],
])(
  'names an event of the log that %s',
  async (_, difference, attack) => {
    const log = await house.aLog(1);
    await house.sealed(log.id);
    await house.app.stop();
    await house.tamper(attack(log.id));
    const { code, stdout } = await reconcile('--business', log.id);
    expect(stdout.split('\n')).toContain(`${log.id} ${difference}`);
    expect(code).toBe(1);
  },
  LIMIT_MS,
);

it(
  'names what was done to rows that the log knows: taken away, unbound, or with other facts of a revocation',
  async () => {
    const log = await house.aLog(12);
    const [gone, goneActive, unbound, rebound, by, why, when, how, put, relabelled, backdated, widened] =
      log.tokens.map(({ id }) => id);
    const [member, identity] = [await aMember(log), await anIdentity(log)];
    for (const id of [gone, by, why, when, how, backdated])
      await demand(log.api.post(`/api/v1/tokens/${id}/revoke`, { reason: 'lost' }));
    await demand(log.api.patch(`/api/v1/tokens/${put}`, { external_id: 'customer-1' }));
    await house.tamper(`CREATE TABLE kept AS SELECT * FROM tokens WHERE id IN ('${put}', '${widened}')`);
    await demand(log.api.patch(`/api/v1/tokens/${put}`, { external_id: 'customer-2' }));
    await demand(log.api.patch(`/api/v1/tokens/${widened}`, { trusted_ips: ['127.0.0.1'] }));
    await house.sealed(log.id);
    await house.app.stop();
    await house.tamper(`
      DELETE FROM tokens WHERE id IN ('${gone}', '${goneActive}', '${put}', '${widened}');
      INSERT INTO tokens SELECT * FROM kept; DROP TABLE kept;
      UPDATE tokens SET mac = NULL WHERE id = '${unbound}';
      UPDATE tokens SET mac = decode(repeat('00', 16), 'hex') WHERE id = '${rebound}';
      UPDATE tokens SET revoked_by = 'somebody@example.com' WHERE id = '${by}';
      UPDATE tokens SET revocation_reason = 'a test' WHERE id = '${why}';
      UPDATE tokens SET revoked_at = revoked_at - interval '1 day' WHERE id = '${when}';
      UPDATE tokens SET revoked_with = '${member.id}' WHERE id = '${how}';
      UPDATE tokens SET external_id = 'customer-3' WHERE id = '${relabelled}';
      UPDATE tokens SET created_at = created_at - interval '1 day' WHERE id = '${backdated}';
      DELETE FROM members WHERE id = '${member.id}'; DELETE FROM identities WHERE id = '${identity.id}'`);
    const { code, stdout } = await reconcile('--business', log.id);
    expect(stdout.trim().split('\n').sort()).toEqual(
      [
        `${log.id} ${gone} token whose row is gone`,
        `${log.id} ${goneActive} token whose row is gone`,
        `${log.id} ${unbound} token with a row that was not written so`,
        `${log.id} ${rebound} token with a row that was not written so`,
        `${log.id} ${by} token with other revocation`,
        `${log.id} ${why} token with other revocation`,
        `${log.id} ${when} token with other revocation`,
        `${log.id} ${how} token with other revocation`,
        `${log.id} ${put} token with other external id`,
        `${log.id} ${relabelled} token with other external id`,
        `${log.id} ${backdated} token with a row that was not written so`,
        `${log.id} ${widened} token with other addresses`,
        `${log.id} ${member.id} member whose row is gone`,
        `${log.id} ${identity.id} identity whose row is gone`,
      ].sort(),
    );
    expect(code).toBe(1);
  },
  LIMIT_MS,
);

it(
  'names a business whose row was deleted, and compares what is left of it',
  async () => {
    const log = await house.aLog(1);
    await house.sealed(log.id);
    await house.app.stop();
    await house.tamper(`DELETE FROM businesses WHERE id = '${log.id}'`);
    const { code, stdout } = await reconcile();
    expect({ code, stdout }).toEqual({ code: 1, stdout: `${log.id} ${log.id} business whose row is gone\n` });
  },
  LIMIT_MS,
);

it(
  'names what a server beside it had put right before it could look',
  async () => {
    const log = await house.aLog(1);
    const [token] = log.tokens as [TestToken];
    await demand(log.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'lost' }));
    await house.sealed(log.id);
    await house.tamper(tokensGoodAgain([token.id]));
    await waitFor('the row to be put right', async () => {
      const [row] = await house.rows<{ is: boolean }>(
        'SELECT revoked_at IS NOT NULL AS is FROM tokens WHERE id = $1',
        [token.id],
      );
      return row?.is;
    });
    const { code, stdout } = await reconcile();
    expect(stdout).toContain(`${log.id} ${token.id} token_unrevoked\n`);
    expect(code).toBe(1);
  },
  LIMIT_MS,
);

it(
  'names the newest events that were taken away before they were sealed',
  async () => {
    const log = await house.aLog(1);
    await house.sealed(log.id);
    await house.restart(() => Promise.resolve(), { RESCIND_SEAL_MS: '600000' });
    await house.app.ready();
    const [token] = log.tokens as [TestToken];
    await demand(house.as(log).api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'lost' }));
    await house.app.kill();
    const newest = `business_id = '${log.id}' AND sequence = (SELECT size FROM audit_heads WHERE business_id = '${log.id}')`;
    await house.tamper(
      `DELETE FROM audit_events WHERE ${newest}; DELETE FROM revocation_barriers WHERE token_id = '${token.id}'; ${tokensGoodAgain([token.id])}`,
    );
    const { code, stdout } = await reconcile('--business', log.id);
    expect(stdout).toMatch(new RegExp(`^${log.id} \\d+ event_removed$`, 'm'));
    expect(code).toBe(1);
  },
  LIMIT_MS,
);
