import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import { canonicalEvent } from '../../../src/audit/transparency/canonical-json.js';
import { leafHash } from '../../../src/audit/transparency/merkle-tree.js';
import type { AuditEvent } from '../../../src/audit/trail/audit-event.js';
import { newId } from '../../../src/common/new-id.js';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';

const EVENTS = 50_000;
const EVENTS_A_STATEMENT = 5000;
/** Holding the rows of so many events would cost three times as much. */
const GROWTH_MB_MAX = 64;
const LIMIT_MS = 120_000;

const INSERT = `
INSERT INTO audit_events (business_id, sequence, id, occurred_at, actor_kind, action, target_kind, outcome, reason, details, leaf_hash)
SELECT $1, e.sequence, e.id, e.occurred_at, 'system', e.action, 'token', 'success', e.reason, e.details, decode(e.leaf, 'hex')
FROM json_to_recordset($2) AS e (sequence bigint, id uuid, occurred_at timestamptz, action text, reason text, details jsonb, leaf text)`;

function eventOf(businessId: string, sequence: number): AuditEvent {
  return {
    action: 'token.revoked',
    actor: { email: null, id: null, kind: 'system', token_id: null },
    business_id: businessId,
    details: { jti: 'j'.repeat(22), name: 'n'.repeat(200), owner: 'o'.repeat(100) },
    id: newId(),
    ip: null,
    occurred_at: new Date(Date.UTC(2026, 0, 1) + sequence).toISOString(),
    outcome: 'success',
    reason: 'r'.repeat(300),
    request_id: null,
    sequence,
    target: { id: null, kind: 'token' },
    user_agent: null,
  };
}

describe('an export of a long log', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let business: TestBusiness;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url, env: { RESCIND_SEAL_MS: '3600000' } });
    business = await aBusiness({ url: app.url });
    for (let at = 2; at <= EVENTS; at += EVENTS_A_STATEMENT) {
      const events = Array.from({ length: Math.min(EVENTS_A_STATEMENT, EVENTS - at + 1) }, (_, index) => {
        const event = eventOf(business.id, at + index);
        return { ...event, leaf: leafHash(canonicalEvent(event)).toString('hex') };
      });
      await sql(database.superuserUrl, INSERT, [business.id, JSON.stringify(events)]);
    }
    const size = 'UPDATE audit_heads SET size = $2 WHERE business_id = $1';
    await sql(database.superuserUrl, size, [business.id, EVENTS]);
    // Sealing takes its own memory, batch by batch; it is not what is looked at.
    await business.api.get('/api/v1/audit/checkpoint');
  }, LIMIT_MS);
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const resident = (): number =>
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${app.pid}/status`, 'utf8'))?.[1]) / 1024;

  async function begun(): Promise<IncomingMessage> {
    const headers = { authorization: `Bearer ${business.api.secret}`, 'x-business-id': business.id };
    const request = http.get(`${app.url}/api/v1/audit/export`, { headers });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  }

  async function linesOf(response: IncomingMessage, onChunk: () => void): Promise<number> {
    let lines = 0;
    for await (const chunk of response) {
      onChunk();
      for (const byte of chunk as Buffer) if (byte === 10) lines += 1;
    }
    return lines;
  }

  it(
    'is whole, and takes no memory for it, whether its reader reads on or stops',
    async () => {
      const before = resident();
      let most = before;
      const look = (): void => void (most = Math.max(most, resident()));
      const stopped = await begun();
      const read = await linesOf(await begun(), look);
      look();
      expect(read).toBeGreaterThanOrEqual(EVENTS + 2);
      expect(await linesOf(stopped, look)).toBeGreaterThanOrEqual(EVENTS + 2);
      expect(most - before).toBeLessThan(GROWTH_MB_MAX);
    },
    LIMIT_MS,
  );
});
