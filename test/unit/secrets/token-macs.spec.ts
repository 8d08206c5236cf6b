import { TokenMacs, type BoundToken } from '../../../src/secrets/token-macs.js';

const macs = new TokenMacs({ pepper: { id: 'abcdef01', key: Buffer.alloc(32, 7) }, retiredPeppers: [] });
const token: BoundToken = {
  id: '01a1fc97-2f9b-7228-a469-95ca0240c64b',
  jti: '4bX0Qm2vTqLw8ZkR1nYc7D',
  digest: Buffer.alloc(32, 9),
  pepper_id: 'abcdef01',
  business_id: '01a1fc97-2f9b-7228-a469-95ca0240c64c',
  owner_kind: 'user',
  owner_id: '01a1fc97-2f9b-7228-a469-95ca0240c64d',
  issued_to: null,
  issued_by_token: null,
  scopes: ['orders:read'],
  trusted_ips: null,
  uses_limit: null,
  ttl_seconds: null,
  max_ttl_seconds: null,
  created_at: new Date('2026-01-02T03:04:05.678Z'),
  expires_at: new Date('2027-01-02T03:04:05.678Z'),
  expires_at_max: null,
  kind: 'api',
  idle_seconds: null,
  external_id: null,
  metadata: null,
};
const session: BoundToken = { ...token, kind: 'session', idle_seconds: 1800 };

describe('the MAC of a token', () => {
  it('is of an API token what it was before there were sessions', () => {
    expect(macs.macOf(token).toString('hex')).toBe('ba59a963fe3d96b1fd4ceefd1a12dc30');
  });

  it('tells a session from an API token, and how long it may be idle', () => {
    const mac = macs.macOf(session);
    expect(macs.judge(session, mac)).toBe('genuine');
    expect(macs.judge(token, mac)).toBe('forged');
    expect(macs.judge({ ...session, idle_seconds: 3600 }, mac)).toBe('forged');
    expect(macs.judge(session, macs.macOf(token))).toBe('forged');
  });

  it('covers external id and metadata, however the database writes them', () => {
    const labelled: BoundToken = {
      ...token,
      external_id: 'customer-1',
      metadata: { plan: 'free', b: [1.5, null], a: 1e21 },
    };
    const mac = macs.macOf(labelled);
    const text = '{"a": 1000000000000000000000, "b": [1.50, null], "plan": "free"}';
    expect(macs.judge({ ...labelled, metadata: text }, mac)).toBe('genuine');
    for (const other of [
      { external_id: 'customer-2' },
      { external_id: null },
      { metadata: null },
      { metadata: text.replace('free', 'pro') },
      { metadata: text.replace('1.50', '1e999') },
      { external_id: null, metadata: null },
    ])
      expect(macs.judge({ ...labelled, ...other }, mac)).toBe('forged');
    expect(macs.judge({ ...token, external_id: 'customer-1' }, macs.macOf(token))).toBe('forged');
  });
});
