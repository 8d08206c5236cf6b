import pg from 'pg';
import type { AnyBody, ApiAnswer } from '../support/api.js';
import { changeSchema, freshDatabase, sql, type TestDatabase } from '../support/databases.js';
import { exchange } from '../support/exchange.js';
import { aBusiness, aMember, aToken, type TestBusiness } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { waitFor } from '../support/wait-for.js';

const LANES = 4;
const REFUSALS = 12;
/** The time-out of a lock for each lane, which wait one behind the other, and some for a machine that is busy. */
const ANSWER_MS_MAX = LANES * 3000 + 6000;
const LIMIT_MS = 300_000;

/** Ways to keep the superuser's hand on the log; each gives the way back. */
const WAYS: [string, (database: TestDatabase) => Promise<() => Promise<unknown>>][] = [
  ['the privilege is revoked', byStatements('REVOKE EXECUTE ON FUNCTION audit_append(uuid[], bigint[], bytea[], json) FROM rescind_app', 'GRANT EXECUTE ON FUNCTION audit_append(uuid[], bigint[], bytea[], json) TO rescind_app')],
  ['a trigger refuses', byStatements(
    `CREATE FUNCTION refuse_events() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room for events'; END $$;
     CREATE TRIGGER refuse_events BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse_events()`,
    'DROP FUNCTION refuse_events() CASCADE',
  )],
  ['the table is renamed', byStatements('ALTER TABLE audit_events RENAME TO audit_events_away', 'ALTER TABLE audit_events_away RENAME TO audit_events')],
  ['the table is locked', heldLock],
]; // prettier-ignore

function byStatements(breaking: string, mending: string) {
  return async ({ superuserUrl }: TestDatabase): Promise<() => Promise<unknown>> => {
    await changeSchema(superuserUrl, breaking);
    return () => changeSchema(superuserUrl, mending);
  };
}

async function heldLock({ superuserUrl }: TestDatabase): Promise<() => Promise<unknown>> {
  const holder = new pg.Client({ connectionString: superuserUrl });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE audit_events IN ACCESS EXCLUSIVE MODE');
  return () => holder.end();
}

/** Whatever changes left behind that their events do not tell, one to one, and the other way round. */
const UNEQUAL = `
WITH event AS (SELECT action, target_id, details FROM audit_events WHERE outcome = 'success'), told AS (
  SELECT 'token.issued' AS action, id::text AS target_id FROM tokens WHERE member_id IS NOT NULL
  UNION ALL SELECT 'token.revoked', id::text FROM tokens WHERE revoked_at IS NOT NULL
  UNION ALL SELECT 'member.added', id::text FROM members
  UNION ALL SELECT 'member.removed', id::text FROM members WHERE removed_at IS NOT NULL)
(SELECT 'no event' AS what, * FROM told EXCEPT ALL SELECT 'no event', action, target_id FROM event)
UNION ALL (SELECT 'no change', action, target_id FROM event
  WHERE action IN ('token.issued', 'token.revoked', 'member.added', 'member.removed') EXCEPT ALL SELECT 'no change', * FROM told)
UNION ALL SELECT 'not in the feed', '', jti FROM tokens WHERE revoked_at IS NOT NULL AND jti NOT IN (SELECT subject FROM revocation_feed)
UNION ALL SELECT 'half renamed', '', t.id::text FROM tokens t WHERE t.member_id IS NOT NULL AND t.name <> 'a token' AND NOT EXISTS (
  SELECT FROM event WHERE action = 'token.changed' AND target_id = t.id::text AND details->>'name_after' = t.name)`;

/** All that may not change while nothing can be recorded. */
const STATE = `
SELECT (SELECT jsonb_agg(to_jsonb(t) - 'last_used_at' - 'last_used_hour' ORDER BY id) FROM tokens t) AS tokens,
  (SELECT jsonb_agg(to_jsonb(m) ORDER BY id) FROM members m) AS members,
  (SELECT jsonb_agg(to_jsonb(h) ORDER BY business_id) FROM audit_heads h) AS heads, (SELECT count(*) FROM revocation_feed) AS feed`;

interface Outcome {
  lane: number;
  status: number;
  code: string;
  begunAt: number;
  tookMs: number;
}

/** Issues, renames, revokes, adds and removes without end, in some lanes. */
function changing(business: TestBusiness): { outcomes: Outcome[]; stop: () => Promise<unknown> } {
  const outcomes: Outcome[] = [];
  let over = false;
  const { api } = business;
  const made = async (lane: number, call: Promise<ApiAnswer<AnyBody>>): Promise<AnyBody> => {
    const begunAt = performance.now();
    const { status, body } = await call;
    outcomes.push({ lane, status, code: body.code ?? '', begunAt, tookMs: performance.now() - begunAt });
    return body;
  };
  const lane = async (number: number): Promise<void> => {
    const own = await aMember(business);
    for (let turn = 0; !over; turn += 1) {
      const email = `m-${number}-${turn}-${Date.now()}@example.com`;
      const issued = await made(
        number,
        api.post('/api/v1/tokens', { name: 'a token', owner_email: own.email }),
      );
      const member = await made(number, api.post('/api/v1/members', { email, name: 'M', role: 'developer' }));
      const id = issued.token_info?.id as string | undefined;
      if (id !== undefined) await made(number, api.patch(`/api/v1/tokens/${id}`, { name: 'renamed' }));
      if (id !== undefined) await made(number, api.post(`/api/v1/tokens/${id}/revoke`));
      if (member.id !== undefined) await made(number, api.delete(`/api/v1/members/${member.id}`));
    }
  };
  const lanes = Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  return {
    outcomes,
    stop: () => {
      over = true;
      return lanes;
    },
  };
}

describe('while the log is kept from being written, under load', () => {
  let database: TestDatabase;
  let app: RescindProcess;

  beforeAll(async () => {
    database = await freshDatabase();
    app = await startRescind({ databaseUrl: database.url });
    await app.ready();
  });
  afterAll(async () => {
    await app.stop();
    await database.drop();
  });

  const failures = async (): Promise<number> => {
    const { text } = await exchange(app.url, { method: 'GET', path: '/metrics' });
    return Number(/^rescind_audit_write_failures_total (\d+)/m.exec(text)?.[1]);
  };

  it.each(WAYS)(
    'because %s: every change is refused whole, it says so, and recovers by itself',
    async (_, obstruct) => {
      const business = await aBusiness({ url: app.url });
      const spare = await aToken(business);
      const before = await failures();
      const load = changing(business);
      const undo: (() => Promise<unknown>)[] = [];
      try {
        await waitFor('changes', () => load.outcomes.length > LANES * 5);
        undo.push(await obstruct(database));
        const obstructedAt = performance.now();
        const refused = () => load.outcomes.filter(({ begunAt }) => begunAt > obstructedAt);
        await waitFor('refusals', () => new Set(refused().map(({ lane }) => lane)).size === LANES);
        const state = await sql(database.superuserUrl, STATE);
        await waitFor('more refusals', () => refused().length >= REFUSALS, 60_000);
        expect(await sql(database.superuserUrl, STATE)).toEqual(state);
        const kinds = new Set(refused().map(({ status, code }) => `${status} ${code}`));
        // Whoever waits for those that wait for the lock may give up before it is their turn to find out.
        kinds.delete('503 service.unavailable');
        expect([...kinds]).toEqual(['503 audit.unwritable']);
        expect(Math.max(...refused().map(({ tookMs }) => tookMs))).toBeLessThan(ANSWER_MS_MAX);
        await waitFor('unreadiness', async () => {
          const { status, text } = await exchange(app.url, { method: 'GET', path: '/health/ready' });
          return (
            status === 503 && (JSON.parse(text) as { audit: { status: string } }).audit.status === 'down'
          );
        });
        expect(await failures()).toBeGreaterThan(before);
        const verdict = await business.api.post('/api/v1/tokens/verify', { token: spare.secret });
        expect(verdict.body.active).toBe(true);
      } finally {
        for (const mend of undo) await mend();
      }
      const mendedAt = performance.now();
      await waitFor('changes again', () =>
        load.outcomes.some(({ begunAt, status }) => begunAt > mendedAt && status < 300),
      );
      await app.ready();
      await load.stop();
      expect(await sql(database.superuserUrl, UNEQUAL)).toEqual([]);
    },
    LIMIT_MS,
  );
});
