import { sql } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { aSession } from '../../support/session.js';
import { sharedApp } from '../../support/shared-app.js';
import { anAccessToken, tokenAuthWorld } from '../infisical-config/token-auth.js';

const TOKENS = '/api/v1/tokens';
const OFFICE = ['10.0.0.0/8', '203.0.113.7', '2001:db8::/32'];

interface Issued {
  id: string;
  secret: string;
  trustedIps: string[] | null;
}

describe('the addresses that a token may be used from', () => {
  let business: TestBusiness;
  let admin: TestToken;
  beforeAll(async () => {
    business = await aBusiness();
    admin = await aToken(business, { role: 'admin' });
  });

  const issue = async (trusted_ips: string[] | null, api = admin.api): Promise<Issued> => {
    const { status, body } = await api.post(TOKENS, { name: 'n', trusted_ips });
    expect(status).toBe(201);
    const { id, trusted_ips: trustedIps } = body.token_info;
    return { id: id as string, secret: body.token as string, trustedIps: trustedIps as string[] | null };
  };
  /** May also call from this machine, as an administrator. */
  const issueAdmin = async (trusted_ips: string[]): Promise<Issued & { api: TestToken['api'] }> => {
    const { body } = await admin.api.post(TOKENS, {
      name: 'n',
      scopes: ['rescind:business:admin'],
      trusted_ips: ['127.0.0.1', '::1', ...trusted_ips],
    });
    const secret = body.token as string;
    return { id: body.token_info.id as string, secret, trustedIps: null, api: business.api.as(secret) };
  };
  const verdict = async (token: string, ip?: string): Promise<unknown> => {
    const { body } = await admin.api.post(`${TOKENS}/verify`, { token, ...(ip === undefined ? {} : { ip }) });
    return body.active === true ? 'active' : body.reason;
  };
  const change = (id: string, trusted_ips: string[] | null, api = admin.api) =>
    api.patch(`${TOKENS}/${id}`, { trusted_ips });
  const detailsOf = async (id: string, action: string): Promise<Record<string, unknown>[]> => {
    const { body } = await business.api.get('/api/v1/audit/events', { action, target_id: id });
    return (body.items as { details: Record<string, unknown> }[]).map(({ details }) => details);
  };

  it('are those it was issued with, in its record and in the log', async () => {
    const { id, trustedIps } = await issue(OFFICE);
    expect(trustedIps).toEqual(OFFICE);
    expect((await admin.api.get(`${TOKENS}/${id}`)).body.trusted_ips).toEqual(OFFICE);
    expect(await detailsOf(id, 'token.issued')).toMatchObject([{ trusted_ips: OFFICE }]);
    expect((await issue(null)).trustedIps).toBeNull();
    const { body } = await admin.api.post(TOKENS, { name: 'n' });
    expect(body.token_info.trusted_ips).toBeNull();
  });

  it.each([
    ['10.255.255.255', 'active'],
    ['::ffff:10.0.0.1', 'active'],
    ['203.0.113.7', 'active'],
    ['203.0.113.8', 'ip_not_allowed'],
    ['2001:db8:ffff::1', 'active'],
    ['2001:db9::1', 'ip_not_allowed'],
    [undefined, 'ip_not_allowed'],
  ])('make a verdict from %s: %s', async (ip, expected) => {
    const { secret } = await issue(OFFICE);
    for (let time = 0; time < 3; time++) expect(await verdict(secret, ip)).toBe(expected);
  });

  it('hold for calls to Rescind as well, and the refused use is told', async () => {
    const { id } = await issue(OFFICE);
    const { secret } = await issueAdmin(['10.0.0.0/8']);
    expect((await admin.api.as(secret).get(TOKENS)).status).toBe(200);
    const abroad = await aToken(business, { role: 'admin' });
    await change(abroad.id, ['198.51.100.0/24']);
    const refused = await abroad.api.get(`${TOKENS}/${id}`);
    expect(refused.status).toBe(403);
  });

  it('are stored once each, and an IPv4 address in IPv6 clothing as what it is', async () => {
    const { secret, trustedIps } = await issue([' 10.1.0.0/16', '::ffff:10.2.0.0/112', '10.1.0.0/16']);
    expect(trustedIps).toEqual(['10.1.0.0/16', '10.2.0.0/16']);
    expect(await verdict(secret, '10.2.3.4')).toBe('active');
  });

  it.each([
    ['no address', [[]], 'List should have at least 1 item'],
    [
      'too many',
      [Array.from({ length: 101 }, (_, n) => `10.0.0.${n}`)],
      'List should have at most 100 items',
    ],
    ['a name', [['10.0.0.1', 'office.example.com']], 'Item 2 should be an IPv4 or IPv6 address or a CIDR'],
    ['a prefix that is too long', [['10.0.0.0/33']], 'Item 1 should be an IPv4 or IPv6 address or a CIDR'],
    ['a zone', [['fe80::1%eth0']], 'Item 1 should be an IPv4 or IPv6 address or a CIDR'],
    ['a number', [[7]], 'Item 1 should be an IPv4 or IPv6 address or a CIDR'],
    ['no list', ['10.0.0.1'], 'Input should be a valid list'],
  ])('are refused where they are %s', async (_, [trusted_ips], msg) => {
    const { id } = await issue(null);
    for (const { status, body } of [
      await admin.api.post(TOKENS, { name: 'n', trusted_ips }),
      await admin.api.patch(`${TOKENS}/${id}`, { trusted_ips }),
    ]) {
      expect(status).toBe(422);
      expect(body.detail).toMatchObject([{ loc: ['body', 'trusted_ips'], msg }]);
    }
  });

  it('bind as soon as a change has answered, and the log has both', async () => {
    const { id, secret } = await issue(null);
    let before: string[] | null = null;
    for (let round = 0; round < 20; round++) {
      const [inside, outside] = [`10.${round}.0.1`, `10.${round + 1}.0.1`];
      const after = [`10.${round}.0.0/16`];
      await verdict(secret, outside);
      const { status, body } = await change(id, after);
      expect([status, body.trusted_ips]).toEqual([200, after]);
      expect(await verdict(secret, outside)).toBe('ip_not_allowed');
      expect(await verdict(secret, inside)).toBe('active');
      const [event] = await detailsOf(id, 'token.changed');
      expect(event).toMatchObject({ trusted_ips_before: before, trusted_ips_after: after });
      before = after;
    }
    await change(id, null);
    expect(await verdict(secret, '198.51.100.1')).toBe('active');
    await admin.api.patch(`${TOKENS}/${id}`, { name: 'other', trusted_ips: null });
    expect(Object.keys((await detailsOf(id, 'token.changed'))[0] as object).toSorted()).toEqual([
      'description_after',
      'description_before',
      'name_after',
      'name_before',
    ]);
  });

  it('do not exceed those of the token in use, neither at issue nor by a change', async () => {
    const parent = await issueAdmin(['10.0.0.0/8']);
    const child = await issue(['10.1.0.0/16', '192.168.0.0/16'], parent.api);
    expect(child.trustedIps).toEqual(['10.1.0.0/16']);
    const refused = await parent.api.post(TOKENS, { name: 'n', trusted_ips: ['192.168.0.0/16'] });
    expect([refused.status, refused.body.code]).toEqual([403, 'permission.denied']);
    const stranger = await issue(['192.168.0.0/16', '10.9.9.9']);
    expect((await change(stranger.id, ['192.168.0.0/16'], parent.api)).status).toBe(403);
    expect((await change(stranger.id, ['10.0.0.0/7'], parent.api)).body.trusted_ips).toEqual(['10.0.0.0/8']);
    expect((await change(parent.id, null, parent.api)).body.trusted_ips).toEqual([
      '127.0.0.1',
      '::1',
      '10.0.0.0/8',
    ]);
  });

  it('do not exceed those of the token it was issued with, whoever changes them', async () => {
    const parent = await issueAdmin(['10.0.0.0/8']);
    const child = await issue(['10.1.0.0/16'], parent.api);
    expect((await change(child.id, null)).body.trusted_ips).toEqual(['127.0.0.1', '::1', '10.0.0.0/8']);
    expect((await change(child.id, ['10.2.0.0/16', '198.51.100.1'])).body.trusted_ips).toEqual([
      '10.2.0.0/16',
    ]);
    expect((await change(child.id, ['198.51.100.1'])).status).toBe(403);
    const session = await aSession(parent.api);
    const ofSession = await session.api.post(TOKENS, {
      name: 'n',
      trusted_ips: ['10.3.0.0/16', '11.0.0.0/8'],
    });
    expect(ofSession.body.token_info.trusted_ips).toEqual(['10.3.0.0/16']);
    const id = ofSession.body.token_info.id as string;
    expect((await change(id, ['11.0.0.0/8'])).status).toBe(403);
  });

  it('stay in a rotation, and are not those of tokens issued earlier with a token that is changed', async () => {
    const parent = await issueAdmin(['10.0.0.0/8']);
    const child = await issue(null, parent.api);
    const { body } = await admin.api.post(`${TOKENS}/${parent.id}/rotate`, {});
    expect(body.token_info.trusted_ips).toEqual(['127.0.0.1', '::1', '10.0.0.0/8']);
    await change(parent.id, ['127.0.0.1']);
    expect((await admin.api.get(`${TOKENS}/${child.id}`)).body.trusted_ips).toEqual([
      '127.0.0.1',
      '::1',
      '10.0.0.0/8',
    ]);
  });

  it('are changed by whoever may change the token, and by nobody else', async () => {
    const { id } = await issue(OFFICE);
    const developer = await aToken(business);
    expect((await change(id, null, developer.api)).status).toBe(404);
    const owner = await aToken(business, { role: 'owner' });
    expect((await change(owner.id, OFFICE)).status).toBe(403);
    const other = await aToken(await aBusiness(), { role: 'owner' });
    expect((await change(id, null, other.api)).status).toBe(404);
    expect((await admin.api.get(`${TOKENS}/${id}`)).body.trusted_ips).toEqual(OFFICE);
  });

  it('are not changed past the Token Auth of an identity', async () => {
    const world = await tokenAuthWorld({ accessTokenTrustedIps: [{ ipAddress: '10.0.0.0/8' }] });
    const { id, secret } = await anAccessToken(world);
    const { status, body } = await world.business.api.patch(`${TOKENS}/${id}`, { trusted_ips: null });
    expect([status, body.detail]).toMatchObject([422, [{ loc: ['body', 'trusted_ips'] }]]);
    const asked = await world.business.api.post(`${TOKENS}/verify`, { token: secret, ip: '11.0.0.1' });
    expect(asked.body.reason).toBe('ip_not_allowed');
  });

  it('are not changed in a row that somebody manipulated', async () => {
    const { id } = await issue(OFFICE);
    await sql((await sharedApp()).databaseUrl, `UPDATE tokens SET trusted_ips = '{10.0.0.1}' WHERE id = $1`, [
      id,
    ]);
    expect((await change(id, null)).status).toBe(404);
  });
});
