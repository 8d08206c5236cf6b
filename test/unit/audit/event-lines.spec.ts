import { generateKeyPairSync } from 'node:crypto';
import { canonicalJson } from '../../../src/log-format/canonical-event.js';
import { PLATFORM_LOG, type AuditDraft } from '../../../src/audit/trail/audit-draft.js';
import { eventLines } from '../../../src/audit/trail/audit-trail.js';
import { EventMacs } from '../../../src/audit/trail/event-macs.js';
import { leafHash } from '../../../src/log-format/transparency/merkle-tree.js';
import { SigningKeys } from '../../../src/secrets/signing-keys.js';

const LOG = '01890a5d-ac96-774b-bcce-b302099a8057';
const { privateKey: signingKey } = generateKeyPairSync('ed25519');
const macs = new EventMacs(new SigningKeys({ signingKey, retiredSigningKeys: [] }));
const moment = new Date('2026-01-02T03:04:05.678Z');

const draft = (over: Partial<AuditDraft> = {}): AuditDraft => ({
  businessId: LOG,
  actor: { kind: 'system', id: null, email: null, token_id: null },
  action: 'token.cut_off_marked',
  target: { kind: 'revocation', id: 'x' },
  reason: null,
  request: { requestId: null, ip: null, userAgent: null },
  details: { tokens_revoked: 1 },
  ...over,
});

const held = () => ({
  transactionId: '1',
  moment,
  sizes: new Map([
    [LOG, 41],
    [PLATFORM_LOG, 7],
  ]),
  macs: new Map<string, Buffer | null>(),
});

describe('an event that is handed to the database', () => {
  it.each<[string, Partial<AuditDraft>]>([
    ['plain ones', {}],
    ['quotes, brackets and backslashes', { reason: '"}],{"leaf":"00","\\ud800' }],
    ['other scripts, and what is no letter', { reason: 'zurück 🔑 \u2028\u0000\u007f' }],
    ['a reason in the words of a line', { reason: '"log":"x","behind":0' }],
    ['names that have no canonical place in an object', { details: { 2: 'b', 10: 'a' } as never }],
    [
      'where it came from',
      { request: { requestId: 'r', clientRequestId: 'c"', ip: '::1', userAgent: '\t' } },
    ],
  ])('is the very text that was hashed, with %s', (_, over) => {
    const [line] = eventLines([draft(over)], held(), macs);
    const { log, leaf, mac, ...event } = JSON.parse(line!.json) as { mac: string } & Record<string, unknown>;
    expect({ log, leaf }).toEqual({ log: LOG, leaf: line!.leaf });
    expect(event).toMatchObject({
      id: line!.id,
      business_id: LOG,
      sequence: 42,
      action: 'token.cut_off_marked',
    });
    const hash = leafHash(canonicalJson(event));
    expect(line!.leaf).toBe(hash.toString('hex'));
    expect(macs.judge(LOG, 42, hash, Buffer.from(mac, 'hex'))).toBe('genuine');
  });

  it('stands behind those before it in its own log', () => {
    const lines = eventLines([draft(), draft({ businessId: null }), draft(), draft()], held(), macs);
    expect(lines.map(({ log, sequence }) => [log, sequence])).toEqual([
      [LOG, 42],
      [PLATFORM_LOG, 8],
      [LOG, 43],
      [LOG, 44],
    ]);
  });
});
