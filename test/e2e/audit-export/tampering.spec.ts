import { randomUUID } from 'node:crypto';
import { canonicalEvent } from '../../../src/log-format/canonical-event.js';
import { leafHash } from '../../../src/log-format/transparency/merkle-tree.js';
import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import { exportOf, verify, type Verification } from '../../support/audit-export.js';
import { freshDatabase, serviceUrlOf, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

let database: TestDatabase;
let app: RescindProcess;
// A process that has found something changed is not ready any more, so this one is nobody else's.
beforeAll(async () => {
  database = await freshDatabase();
  app = await startRescind({ databaseUrl: database.url });
  await app.ready();
});
afterAll(async () => {
  await app.stop();
  await database.drop();
});

/** What somebody with the database's superuser does, triggers silenced, to the log of a business. */
async function tamper(statement: string, values: unknown[]): Promise<void> {
  const url = new URL(database.superuserUrl);
  url.searchParams.set('options', '-c session_replication_role=replica');
  await sql(url.href, statement, values);
}

interface Sealed {
  business: TestBusiness;
  vkey: string;
  checkpoint: string;
  size: number;
}

async function aSealedLog(): Promise<Sealed> {
  const business = await aBusiness({ url: app.url });
  for (let i = 0; i < 4; i += 1) await aToken(business);
  const checkpoint = (await business.api.get<string>('/api/v1/audit/checkpoint')).body;
  const { vkey } = (await business.api.get('/api/v1/audit/key')).body as { vkey: string };
  return { business, vkey, checkpoint, size: Number(checkpoint.split('\n')[1]) };
}

const found = ({ code, failures }: Verification): unknown => ({
  code,
  failures: failures.map(({ kind, sequences }) => [kind, sequences]),
});

describe('whoever changes the log in the database is found by the next export:', () => {
  const EVENT = 'business_id = $1 AND sequence = $2';

  it.each([
    ['reason', `reason = 'another'`],
    ['time', `occurred_at = occurred_at + interval '1 millisecond'`],
    ['actor', `actor_email = 'eve@example.com'`],
    ['details', `details = details || '{"name": "x"}'`],
    ['leaf hash beside the row, made to fit', `reason = 'another', leaf_hash = sha256('x')`],
  ])('a changed event: its %s', async (_, change) => {
    const { business, vkey } = await aSealedLog();
    await tamper(`UPDATE audit_events SET ${change} WHERE ${EVENT}`, [business.id, 3]);
    const report = await verify(await exportOf(business), vkey);
    const isOnlyHash = change.includes('leaf_hash') && !change.includes('reason');
    expect(found(report)).toEqual(
      isOnlyHash ? { code: 0, failures: [] } : { code: 1, failures: [['changed_event', [3, 3]]] },
    );
  });

  it('a removed event', async () => {
    const { business, vkey } = await aSealedLog();
    await tamper(`DELETE FROM audit_events WHERE ${EVENT}`, [business.id, 4]);
    expect(found(await verify(await exportOf(business), vkey))).toEqual({
      code: 1,
      failures: [['removed_event', [4, 4]]],
    });
  });

  it('a removed tail', async () => {
    const { business, vkey, size } = await aSealedLog();
    await tamper('DELETE FROM audit_events WHERE business_id = $1 AND sequence >= $2', [
      business.id,
      size - 1,
    ]);
    expect(found(await verify(await exportOf(business), vkey))).toEqual({
      code: 1,
      failures: [['removed_event', [size - 1, size]]],
    });
  });

  it('a tail that was removed before it could be sealed, so that nothing from it on is', async () => {
    const { business, vkey, size } = await aSealedLog();
    await sql(
      database.superuserUrl,
      `DO $$ BEGIN
        SET LOCAL session_replication_role = replica;
        UPDATE audit_heads SET size = size + 2 WHERE business_id = '${business.id}';
      END $$`,
    );
    const lines = await exportOf(business);
    expect(found(await verify(lines, vkey))).toEqual({ code: 0, failures: [] });
    expect(JSON.parse(lines[0] as string)).toMatchObject({ last_sequence: size });
    await waitFor('the alarm', () => app.logs().includes('event_removed'));
  });

  it('two events that changed places', async () => {
    const { business, vkey } = await aSealedLog();
    await tamper(
      `UPDATE audit_events SET sequence = CASE sequence WHEN $2 THEN $3 ELSE $2 END WHERE business_id = $1 AND sequence IN ($2::bigint, $3::bigint)`,
      [business.id, 3, 5],
    );
    expect(found(await verify(await exportOf(business), vkey))).toEqual({
      code: 1,
      failures: [
        ['changed_event', [3, 3]],
        ['changed_event', [5, 5]],
      ],
    });
  });

  it('an event moved to another business', async () => {
    const [from, to] = [await aSealedLog(), await aSealedLog()];
    await tamper(`DELETE FROM audit_events WHERE ${EVENT}`, [to.business.id, 3]);
    await tamper(`UPDATE audit_events SET business_id = $3 WHERE ${EVENT}`, [
      from.business.id,
      3,
      to.business.id,
    ]);
    expect(found(await verify(await exportOf(from.business), from.vkey))).toEqual({
      code: 1,
      failures: [['removed_event', [3, 3]]],
    });
    const report = await verify(await exportOf(to.business), to.vkey);
    expect(report.code).toBe(1);
    expect(report.failures.map(({ sequences }) => sequences)).toContainEqual([3, 3]);
  });

  it('an export of another business in place of the own', async () => {
    const [own, other] = [await aSealedLog(), await aSealedLog()];
    expect((await verify(await exportOf(other.business), own.vkey)).code).toBe(1);
  });

  it('an event put in twice, of which the one that was written is exported', async () => {
    const { business, vkey } = await aSealedLog();
    await tamper(
      `INSERT INTO audit_events SELECT business_id, sequence, $3, occurred_at - interval '1 day', actor_kind, actor_id, actor_email, actor_token_id,
         action, target_kind, target_id, outcome, reason, request_id, ip, user_agent, details, leaf_hash FROM audit_events WHERE ${EVENT}`,
      [business.id, 3, randomUUID()],
    );
    expect(found(await verify(await exportOf(business), vkey))).toEqual({ code: 0, failures: [] });
    await waitFor('the alarm', () => app.logs().includes('event_forged'));
  });

  it('a log rewritten with all its hashes, its tree and its signed root, of which there is no export', async () => {
    const { business } = await aSealedLog();
    const { items } = (await business.api.get('/api/v1/audit/events', { sequence_from: 3, sequence_to: 3 }))
      .body as {
      items: AuditEvent[];
    };
    const forged = { ...(items[0] as AuditEvent), reason: 'never happened like that' };
    await tamper(
      `WITH gone AS (DELETE FROM audit_tiles WHERE business_id = $1), tree AS (DELETE FROM audit_trees WHERE business_id = $1)
       UPDATE audit_events SET reason = $3, leaf_hash = $4 WHERE ${EVENT}`,
      [business.id, 3, forged.reason, leafHash(canonicalEvent(forged))],
    );
    await expect(exportOf(business)).rejects.toThrow('no export: 503');
  });

  it('a tree changed under the sealed root, on which nothing more is signed', async () => {
    const { business, checkpoint } = await aSealedLog();
    await tamper(
      `UPDATE audit_tiles SET hashes = sha256('x') || substring(hashes FROM 33) WHERE business_id = $1 AND start = 0`,
      [business.id],
    );
    await aToken(business);
    expect((await business.api.get<string>('/api/v1/audit/checkpoint')).body).toBe(checkpoint);
  });
});

describe('the role of the application', () => {
  it.each([
    ['change an event', `UPDATE audit_events SET reason = 'x' WHERE business_id = $1`],
    ['remove an event', 'DELETE FROM audit_events WHERE business_id = $1'],
    ['change a tile', `UPDATE audit_tiles SET hashes = '' WHERE business_id = $1`],
    ['remove a tile', 'DELETE FROM audit_tiles WHERE business_id = $1'],
    ['take the tree back', 'UPDATE audit_trees SET size = 1 WHERE business_id = $1'],
    ['sign another root', `UPDATE audit_trees SET root = sha256('x') WHERE business_id = $1`],
    ['remove the tree', 'DELETE FROM audit_trees WHERE business_id = $1'],
    ['shorten the log', 'UPDATE audit_heads SET size = 1 WHERE business_id = $1'],
    [
      'close a tile with other hashes',
      `SELECT audit_close_tiles(ARRAY[$1::uuid], ARRAY[0], ARRAY[0::bigint], ARRAY[decode(repeat('00', 8192), 'hex')])`,
    ],
  ])('cannot %s', async (_, statement) => {
    const { business } = await aSealedLog();
    const asTheService = serviceUrlOf(database.url);
    await expect(sql(asTheService, statement, [business.id])).rejects.toThrow(
      /append-only|permission denied|only grows|keeps what it holds/,
    );
  });
});

it('logs are sealed by themselves within seconds', async () => {
  const business = await aBusiness({ url: app.url });
  await waitFor('the tree to have the size of the log', async () => {
    const [row] = await sql<{ whole: boolean }>(
      database.superuserUrl,
      'SELECT t.size = h.size AS whole FROM audit_trees t JOIN audit_heads h USING (business_id) WHERE business_id = $1',
      [business.id],
    );
    return row?.whole;
  });
});
