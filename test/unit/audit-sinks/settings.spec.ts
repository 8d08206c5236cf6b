import { auditSinksConfig } from '../../../src/config/audit-sinks.config.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const HTTPS = { name: 'a', type: 'https', url: 'https://siem.example.com/in' };
const SYSLOG = { name: 'a', type: 'syslog', address: 'tls://siem.example.com:6514' };

const read = (value: unknown) => {
  process.env.RESCIND_AUDIT_SINKS = typeof value === 'string' ? value : JSON.stringify(value);
  try {
    return auditSinksConfig().sinks;
  } finally {
    delete process.env.RESCIND_AUDIT_SINKS;
  }
};

describe('RESCIND_AUDIT_SINKS', () => {
  it('is read with its defaults', () => {
    expect(read('')).toEqual([]);
    expect(
      read([
        { ...HTTPS, secret: SECRET, header: 'X-Key: abc' },
        { ...SYSLOG, name: 'b', format: 'ocsf', from: 'now' },
        { ...SYSLOG, name: 'd', address: 'tcp://[::1]:601' },
        { ...HTTPS, name: 'e', url: 'http://127.0.0.1:8088/in' },
      ]),
    ).toMatchObject([
      {
        type: 'https',
        format: 'native',
        from: 'beginning',
        key: Buffer.alloc(32, 7),
        header: { 'X-Key': 'abc' },
        ca: null,
      },
      { type: 'syslog', host: 'siem.example.com', port: 6514, tls: true, format: 'ocsf', from: 'now' },
      { host: '::1', port: 601, tls: false },
      { url: 'http://127.0.0.1:8088/in', key: null },
    ]);
  });

  it.each([
    ['not-json-but-secret'],
    [{ ...HTTPS }],
    [['secret']],
    [[HTTPS, HTTPS]],
    [Array.from({ length: 17 }, (_, index) => ({ ...SYSLOG, name: `f${index}` }))],
    [[{ ...HTTPS, name: 'Not a name' }]],
    [[{ ...HTTPS, type: 'carrier pigeon' }]],
    [[{ ...HTTPS, format: 'leef' }]],
    [[{ ...HTTPS, from: 'yesterday' }]],
    [[{ ...HTTPS, path: '/x' }]],
    [[{ ...HTTPS, url: 'http://siem.example.com/' }]],
    [[{ ...HTTPS, url: 'https://user:secret@siem.example.com/' }]],
    [[{ ...HTTPS, url: 'siem' }]],
    [[{ ...HTTPS, secret: 'whsec_c2VjcmV0' }]],
    [[{ ...HTTPS, secret: '@/nowhere/secret' }]],
    [[{ ...HTTPS, header: 'Host: secret' }]],
    [[{ ...HTTPS, header: 'secret\r\nX: y' }]],
    [[{ ...HTTPS, ca: '/nowhere/ca.pem' }]],
    [[{ ...SYSLOG, address: 'udp://siem.example.com:514' }]],
    [[{ ...SYSLOG, address: 'tls://siem.example.com' }]],
    [[{ ...SYSLOG, address: 'tls://siem.example.com:70000' }]],
  ])('refuses %j, and shows no value', (value) => {
    expect(() => read(value)).toThrow(/^RESCIND_AUDIT_SINKS /);
    try {
      read(value);
    } catch (error) {
      expect((error as Error).message).not.toMatch(/secret@|c2VjcmV0|nowhere|siem|pigeon|json-but/);
    }
  });

  it.each([
    ['type', { name: 'a', type: 'file', path: '/var/log/rescind/audit.ndjson', max_bytes: 2048 }, 'is file'],
    ['format', { ...SYSLOG, format: 'cef' }, 'is cef'],
  ])('refuses what there was until 0.2, and says what to use: its %s', (member, sink, what) => {
    expect(() => read([HTTPS, { ...sink, name: 'b' }])).toThrow(
      `RESCIND_AUDIT_SINKS : the ${member} of sink 2 ${what}, which Rescind does not write: docs/audit.md says what does ("Into a file, or as CEF").`,
    );
  });
});
