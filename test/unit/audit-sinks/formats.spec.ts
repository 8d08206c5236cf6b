import { AUDIT_ACTIONS } from '../../../src/log-format/audit-action.js';
import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import { LINE_OF } from '../../../src/audit/sinks/sinks.js';
import { syslogFrame } from '../../../src/audit/sinks/syslog-sink.js';

const EVENT: AuditEvent = {
  action: 'token.revoked',
  actor: {
    kind: 'user',
    id: '0199c0de-0000-7000-8000-000000000001',
    email: 'ada@example.com',
    token_id: '0199c0de-0000-7000-8000-000000000002',
  },
  business_id: '0199c0de-0000-7000-8000-000000000003',
  details: { jti: 'j', name: 'a|b=c\\d' },
  id: '0199c0de-0000-7000-8000-000000000004',
  ip: '203.0.113.7',
  occurred_at: '2026-01-31T12:00:00.000Z',
  outcome: 'success',
  reason: 'line one\nline=two \\',
  request_id: 'r|1',
  sequence: 7,
  target: { kind: 'token', id: '0199c0de-0000-7000-8000-000000000005' },
  user_agent: 'curl/8.5.0',
};
const line = (format: keyof typeof LINE_OF, event: Partial<AuditEvent> = {}): string =>
  LINE_OF[format]({ event: { ...EVENT, ...event }, leafHash: 'bGVhZg==' });

describe('OCSF', () => {
  it('is what 1.8 calls disabling an entity, with who, where and the place in the log', () => {
    expect(JSON.parse(line('ocsf'))).toMatchObject({
      category_uid: 3,
      class_uid: 3004,
      activity_id: 9,
      type_uid: 300409,
      time: 1769860800000,
      status_id: 1,
      actor: {
        user: { uid: EVENT.actor.id, email_addr: 'ada@example.com', credential_uid: EVENT.actor.token_id },
      },
      src_endpoint: { ip: '203.0.113.7' },
      entity: { uid: EVENT.target.id, type_id: 99, type: 'API Token' },
      metadata: {
        version: '1.8.0',
        uid: EVENT.id,
        sequence: 7,
        tenant_uid: EVENT.business_id,
        product: { name: 'Rescind' },
      },
      unmapped: { sequence: 7, leaf_hash: 'bGVhZg==', details: EVENT.details },
    });
  });

  it.each([
    ['access.denied', { method: 'GET', route: '/x', code: 'permission.denied', count: 1 }, 6003, 600302],
    ['authentication.failed', { count: 1, prefix: null, public_id: null, failure: 'unknown' }, 3002, 300201],
    ['integrity.violated', { fault: 'event_forged', log: 'platform', subject: null }, 2004, 200401],
    ['business.suspended', { name: 'n' }, 3004, 300412],
    ['token.rotated', { replaced_by: 'x', grace_ends_at: null }, 3004, 300403],
  ] as const)('says what %s is', (action, details, classUid, typeUid) => {
    const outcome = action === 'access.denied' ? 'denied' : 'success';
    const found = JSON.parse(line('ocsf', { action, details, outcome })) as { status_id: number };
    expect(found).toMatchObject({
      class_uid: classUid,
      type_uid: typeUid,
      status_id: outcome === 'success' ? 1 : 2,
    });
  });

  it('has the members that every class demands, whatever the action', () => {
    for (const action of AUDIT_ACTIONS) {
      const found = JSON.parse(line('ocsf', { action })) as Record<string, unknown>;
      expect(found.type_uid).toBe(Number(found.class_uid) * 100 + Number(found.activity_id));
      for (const name of ['category_uid', 'severity_id', 'time', 'metadata', 'actor'])
        expect(found).toHaveProperty(name);
    }
  });
});

it('a syslog message is framed by its length in octets, not characters', () => {
  const outgoing = { event: { ...EVENT, business_id: null }, leafHash: '' };
  const frame = syslogFrame('Grüße', outgoing);
  const space = frame.indexOf(0x20);
  expect(Number(frame.subarray(0, space).toString())).toBe(frame.length - space - 1);
  expect(frame.subarray(space + 1).toString()).toMatch(
    /^<110>1 2026-01-31T12:00:00\.000Z \S+ rescind - token\.revoked \[rescind@32473 log="platform" sequence="7"\] Grüße$/,
  );
});
