import { randomUUID } from 'node:crypto';
import { eventOf, type StoredEvent } from '../../../src/audit/trail/stored-event.js';
import { canonicalEvent } from '../../../src/log-format/canonical-event.js';
import { leafHash } from '../../../src/log-format/transparency/merkle-tree.js';
import { aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { TamperedHouse } from './house.js';

const LIMIT_MS = 300_000;
const COLUMNS = `actor_kind, actor_id, actor_email, actor_token_id, action, target_kind, target_id, outcome, reason, request_id,
  ip, user_agent, details`;

let house: TamperedHouse;
beforeAll(async () => {
  house = await TamperedHouse.start();
});
afterAll(() => house.end());

async function eventAt(log: TestBusiness, sequence: number): Promise<StoredEvent> {
  const [row] = await house.rows<StoredEvent>(
    'SELECT * FROM audit_events WHERE business_id = $1 AND sequence = $2',
    [log.id, sequence],
  );
  return row as StoredEvent;
}

/** A log of so many tokens, of which the first is revoked, and the address of its receipt. */
async function aRevocation(
  tokens = 1,
): Promise<{ log: Awaited<ReturnType<TamperedHouse['aLog']>>; token: TestToken; receipt: string }> {
  const log = await house.aLog(tokens);
  const token = log.tokens[0] as TestToken;
  await log.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'lost' });
  return { log, token, receipt: `/api/v1/tokens/${token.id}/receipt` };
}

/** A copy of event 1 as the forger would have it, with the hash that it must have. */
async function forge(log: TestBusiness, sequence: number, reason: string): Promise<string> {
  const row = await eventAt(log, 1);
  const id = randomUUID();
  const forged = { ...row, id, sequence: String(sequence), reason };
  const leaf = leafHash(canonicalEvent(eventOf(forged))).toString('hex');
  return `INSERT INTO audit_events (business_id, sequence, id, occurred_at, leaf_hash, ${COLUMNS})
    SELECT business_id, ${sequence}, '${id}', occurred_at, '\\x${leaf}', ${COLUMNS.replace('reason', `'${reason}'`)}
    FROM audit_events WHERE business_id = '${log.id}' AND sequence = 1`;
}

describe('whoever writes into a log with SQL is not believed:', () => {
  it(
    'a forged event behind the last one, with the right hash, is neither sealed nor shown',
    async () => {
      const log = await house.aLog();
      const size = await house.sealed(log.id);
      const insert = await forge(log, size + 1, 'forged');
      await house.tamper(
        `${insert}; UPDATE audit_heads SET size = ${size + 1} WHERE business_id = '${log.id}'`,
      );
      await house.alarm('event_forged', log.id);
      const [tree] = await house.rows<{ size: string }>(
        'SELECT size FROM audit_trees WHERE business_id = $1',
        [log.id],
      );
      expect(Number(tree?.size)).toBe(size);
      const found = await log.api.get('/api/v1/audit/events', { reason: 'forged' });
      expect([found.status, JSON.stringify(found.body)]).toEqual([
        503,
        expect.not.stringContaining('forged'),
      ]);
      const { body: note } = await log.api.get<string>('/api/v1/audit/checkpoint');
      expect(Number(note.split('\n')[1])).toBe(size);
    },
    LIMIT_MS,
  );

  const second = (log: TestBusiness, sequence: number, id: string, into = 'audit_events'): string =>
    `INSERT INTO ${into} (business_id, sequence, id, occurred_at, leaf_hash, mac, ${COLUMNS})
     SELECT business_id, sequence, '${id}', occurred_at + interval '1 ms', leaf_hash, mac, ${COLUMNS.replace('reason', `'second'`)}
     FROM audit_events WHERE business_id = '${log.id}' AND sequence = ${sequence}`;

  it(
    'a second row at a sequence is refused by the database, at another time of the same month or in a month named by itself',
    async () => {
      const log = await house.aLog();
      const size = await house.sealed(log.id);
      const [{ month } = { month: '' }] = await house.rows<{ month: string }>(
        'SELECT tableoid::regclass::text AS month FROM audit_events WHERE business_id = $1 LIMIT 1',
        [log.id],
      );
      for (const into of ['audit_events', month])
        await expect(house.rows(second(log, size, randomUUID(), into))).rejects.toMatchObject({
          code: '23505',
        });
    },
    LIMIT_MS,
  );

  it(
    'nor is a row that was put beside a sealed one with all triggers off in any search, export, count or proof',
    async () => {
      const log = await house.aLog();
      const size = await house.sealed(log.id);
      const id = randomUUID();
      await house.tamper(second(log, size, id));
      const summary = await log.api.get('/api/v1/audit/summary');
      expect([summary.status, summary.body.code]).toEqual([503, 'audit.integrity_violated']);
      expect((await log.api.get(`/api/v1/audit/events/${id}`)).status).toBe(503);
      expect((await log.api.get(`/api/v1/audit/events/${id}/proof`)).status).toBe(503);
      const found = await log.api.get('/api/v1/audit/events', { reason: 'second' });
      expect([found.status, JSON.stringify(found.body)]).toEqual([
        503,
        expect.not.stringContaining('second'),
      ]);
      const ndjson = await log.api.get<string>('/api/v1/audit/export').catch(() => null);
      expect(JSON.stringify(ndjson?.body ?? '')).not.toContain('"reason":"second"');
      const csv = await log.api.get<string>('/api/v1/audit/export', { format: 'csv' }).catch(() => null);
      expect(JSON.stringify(csv?.body ?? '')).not.toContain('second');
      await house.alarm('event_forged', log.id);
    },
    LIMIT_MS,
  );

  it.each([
    ['actor', `actor_email = 'eve@example.com'`],
    ['time', `occurred_at = occurred_at + interval '1 hour'`],
    ['reason, and the hash beside it', `reason = 'changed', leaf_hash = sha256('x')`],
  ])(
    'a changed event is not shown: its %s',
    async (_, change) => {
      const log = await house.aLog();
      await house.sealed(log.id);
      await house.tamper(
        `UPDATE audit_events SET ${change} WHERE business_id = '${log.id}' AND sequence = 2`,
      );
      expect((await log.api.get('/api/v1/audit/events')).status).toBe(503);
      await house.alarm('event_forged', log.id);
    },
    LIMIT_MS,
  );

  it(
    'a receipt says what the log says, or nothing',
    async () => {
      const { log, token, receipt } = await aRevocation();
      expect((await log.api.get(receipt)).status).toBe(200);
      await house.tamper(`UPDATE tokens SET revoked_by = 'somebody else' WHERE id = '${token.id}'`);
      expect((await log.api.get(receipt)).status).toBe(503);
    },
    LIMIT_MS,
  );

  it.each([
    ['what was waited for is another', `facts = facts || '{"verifiers_waited_out": 7}'`],
    [
      'it is that of another token',
      `(facts, mac) = (SELECT b.facts, b.mac FROM revocation_barriers b WHERE b.token_id <> r.token_id LIMIT 1)`,
    ],
  ])(
    'a receipt is not signed when %s',
    async (_, change) => {
      const log = await house.aLog(2);
      for (const token of log.tokens) {
        await log.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'lost' });
        expect((await log.api.get(`/api/v1/tokens/${token.id}/receipt`)).status).toBe(200);
        await waitFor(
          'its barrier to be kept',
          async () =>
            (await house.rows('SELECT FROM revocation_barriers WHERE token_id = $1', [token.id])).length > 0,
        );
      }
      const [token] = log.tokens;
      await house.tamper(`UPDATE revocation_barriers r SET ${change} WHERE token_id = '${token!.id}'`);
      expect((await log.api.get(`/api/v1/tokens/${token!.id}/receipt`)).status).toBe(503);
      await house.alarm('receipt_differs', log.id);
    },
    LIMIT_MS,
  );

  it(
    'a receipt is not signed when its event is in no sealed tree',
    async () => {
      const { log, receipt } = await aRevocation();
      await house.sealed(log.id);
      await house.tamper(
        `UPDATE audit_tiles SET hashes = decode(repeat('00', length(hashes)), 'hex') WHERE business_id = '${log.id}' AND level = 0`,
      );
      expect((await log.api.get(receipt)).status).toBe(503);
    },
    LIMIT_MS,
  );

  it(
    'a receipt carries no other leaf than that of the event',
    async () => {
      const { log, receipt } = await aRevocation();
      await house.sealed(log.id);
      await house.tamper(
        `UPDATE audit_events SET leaf_hash = sha256('x') WHERE business_id = '${log.id}' AND action = 'token.revoked'`,
      );
      expect((await log.api.get(receipt)).status).toBe(503);
    },
    LIMIT_MS,
  );
});

it(
  'an event is told from a copy of it at another place',
  async () => {
    const log = await house.aLog();
    const size = await house.sealed(log.id);
    await aToken(log);
    await house.sealed(log.id);
    await house.tamper(
      `INSERT INTO audit_events SELECT (jsonb_populate_record(e, jsonb_build_object('sequence', (SELECT h.size + 1 FROM audit_heads h WHERE h.business_id = e.business_id)))).*
         FROM audit_events e WHERE business_id = '${log.id}' AND sequence = ${size};
       UPDATE audit_heads SET size = size + 1 WHERE business_id = '${log.id}'`,
    );
    await house.alarm('event_forged', log.id);
  },
  LIMIT_MS,
);

it.each([
  ['taken out', 'event_missing', 'DELETE FROM audit_events WHERE'],
  ['changed', 'event_forged', `UPDATE audit_events SET reason = 'changed' WHERE`],
])(
  'a sealed event that was %s is found though nobody reads it',
  async (_, fault, attack) => {
    const log = await house.aLog();
    await house.sealed(log.id);
    await house.tamper(`${attack} business_id = '${log.id}' AND sequence = 2`);
    await house.alarm(fault, log.id);
  },
  LIMIT_MS,
);
