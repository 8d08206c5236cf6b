import { generateKeyPairSync, randomUUID } from 'node:crypto';
import pg from 'pg';
import { AppendedEvents } from '../../src/audit/trail/appended-events.js';
import { SYSTEM_CONTEXT, type AuditDraft } from '../../src/audit/trail/audit-draft.js';
import { AuditTrail } from '../../src/audit/trail/audit-trail.js';
import { AuditWritability } from '../../src/audit/trail/audit-writability.js';
import { beginChange } from '../../src/audit/trail/begin-change.js';
import { EventMacs, HeadMacs } from '../../src/audit/trail/event-macs.js';
import { heldLogs, type HeldLogs } from '../../src/audit/trail/held-logs.js';
import { acknowledgeCommit } from '../../src/database/resilient-client.js';
import { SigningKeys } from '../../src/secrets/signing-keys.js';
import { serviceUrlOf } from '../support/databases.js';
import { sharedApp } from '../support/shared-app.js';

/** More than two statements take. */
const MANY = 250;

const { privateKey: signingKey } = generateKeyPairSync('ed25519');
const keys = new SigningKeys({ signingKey, retiredSigningKeys: [] });

/** Each test rolls back what it writes: the keys are not those of the application. */
describe('many events of one change', () => {
  let session: pg.Client;
  let log: string;
  let appended: AppendedEvents;
  let trail: AuditTrail;
  beforeEach(async () => {
    const { databaseUrl } = await sharedApp();
    session = new pg.Client({ connectionString: serviceUrlOf(databaseUrl) });
    await session.connect();
    log = randomUUID();
    await session.query('BEGIN');
    await beginChange(session, [log], []);
    appended = new AppendedEvents();
    const heads = new HeadMacs(keys, { adopts: false });
    trail = new AuditTrail(new AuditWritability(null as never), new EventMacs(keys), appended, heads);
  });
  afterEach(() => session?.end());

  const draft = (reason: string): AuditDraft => ({
    businessId: log,
    actor: SYSTEM_CONTEXT.actor,
    action: 'token.cut_off_marked',
    target: { kind: 'revocation', id: randomUUID() },
    reason,
    request: SYSTEM_CONTEXT.request,
    details: { tokens_revoked: 1 },
  });
  const drafts = (spoilt?: number, with_: Partial<AuditDraft> = {}): AuditDraft[] =>
    Array.from({ length: MANY }, (_, index) => ({
      ...draft(String(index)),
      ...(index === spoilt ? with_ : {}),
    }));
  const stored = async (): Promise<{ sequence: string; reason: string; id: string }[]> => {
    const query = 'SELECT id, sequence, reason FROM audit_events WHERE business_id = $1 ORDER BY sequence';
    return (await session.query(query, [log])).rows;
  };

  it('stand in their order, without a gap, and the next ones behind them', async () => {
    const events = await trail.append(drafts(), session);
    const [next] = await trail.append([draft('next')], session);
    expect(events.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: MANY }, (_, index) => index + 1),
    );
    expect(next?.sequence).toBe(MANY + 1);
    const rows = await stored();
    expect(rows.map(({ reason }) => reason)).toEqual([...drafts().map((each) => each.reason), 'next']);
    expect(rows.slice(0, MANY).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    expect(heldLogs(session)?.sizes.get(log)).toBe(MANY + 1);
    expect(appended.some(10)).toEqual([]);
    acknowledgeCommit(session);
    expect(appended.some(10)).toMatchObject([{ log, sequence: MANY + 1 }]);
    const { rows: heads } = await session.query('SELECT size, mac FROM audit_heads WHERE business_id = $1', [
      log,
    ]);
    expect(heads).toEqual([
      { size: String(MANY + 1), mac: new HeadMacs(keys, { adopts: false }).macOf(log, MANY + 1) },
    ]);
  });

  it('are given up with the one that has no canonical form, and no statement is left under way', async () => {
    const spoilt = drafts(MANY - 1, { details: { tokens_revoked: NaN } });
    await expect(trail.append(spoilt, session)).rejects.toThrow();
    // The whole parts before it: the transaction, which is to be rolled back, has them.
    expect(await stored()).toHaveLength(168);
    expect(heldLogs(session)?.sizes.get(log)).toBe(168);
  });

  it('are given up with the one that the database refuses, with its error and no later one', async () => {
    const spoilt = drafts(0, { details: { tokens_revoked: 1, name: '\u0000' } as never });
    await expect(trail.append(spoilt, session)).rejects.toMatchObject({ code: '22P05' });
    await session.query('ROLLBACK');
    expect(appended.some(10)).toEqual([]);
  });

  it.each([
    ['place', (held: HeldLogs) => held.sizes.set(log, (held.sizes.get(log) as number) + 1)],
    ['earlier place', (held: HeldLogs) => held.sizes.set(log, -1)],
    ['time', (held: HeldLogs) => held.moment.setMilliseconds(held.moment.getMilliseconds() - 1)],
  ])('are refused when they were hashed for another %s than the log has', async (_what, falsify) => {
    falsify(heldLogs(session) as HeldLogs);
    await expect(trail.append([draft('misplaced')], session)).rejects.toMatchObject({ code: '23000' });
    await session.query('ROLLBACK');
    expect(await stored()).toEqual([]);
  });
});
