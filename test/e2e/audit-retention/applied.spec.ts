import { createPrivateKey } from 'node:crypto';
import { compactVerify, importSPKI } from 'jose';
import { canonicalEvent } from '../../../src/log-format/canonical-event.js';
import { openCheckpoint } from '../../../src/log-format/transparency/checkpoint.js';
import { signCheckpoint } from '../../../src/log-format/transparency/signing.js';
import { leafHash } from '../../../src/log-format/transparency/merkle-tree.js';
import { parseVkey } from '../../../src/log-format/transparency/note-key.js';
import { consistencyHolds } from '../../../src/log-format/transparency/proof-verification.js';
import { verifyTlogProof } from '../../../src/log-format/transparency/tlog-proof.js';
import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import type { ReceiptClaims } from '../../../src/tokens/receipts.service.js';
import { exportOf, verify } from '../../support/audit-export.js';
import { testRun } from '../../support/test-run.js';
import { ensurePartition, monthAgo, monthName } from '../../support/old-events.js';
import { RETENTION, RetentionHouse, type OldLog } from '../../support/retention-house.js';

const EVENTS = '/api/v1/audit/events';
/** Of both logs: the first are twenty months old, the next thirteen. */
const OLDEST = 4;
const OLD = 7;

describe('a log whose oldest months have expired', () => {
  let house: RetentionHouse;
  let log: OldLog;
  let neighbour: OldLog;
  let months: Date[];
  let before: AuditEvent[];
  let proofs: string[];
  let receipt: string;
  let applied: AuditEvent;

  const dropped = async ({ business }: OldLog): Promise<number> =>
    (await business.api.get(RETENTION)).body.dropped_through_sequence as number;
  const eventsOf = async ({ business }: OldLog): Promise<AuditEvent[]> =>
    (await business.api.get(EVENTS, { order: 'oldest', limit: 100 })).body.items as AuditEvent[];

  beforeAll(async () => {
    house = await RetentionHouse.open();
    months = [monthAgo(20), monthAgo(13)];
    // The other month has no partition of its own, as when the service was not running at the time.
    await ensurePartition(house.database, months[0] as Date);
    const dateOf = (sequence: number): Date | null =>
      sequence <= OLDEST ? months[0]! : sequence <= OLD ? months[1]! : null;
    log = await house.aLog(dateOf);
    neighbour = await house.aLog(dateOf);
    const { api } = log.business;
    before = await eventsOf(log);
    proofs = await Promise.all(
      before.map(async ({ id }) => (await api.get<string>(`${EVENTS}/${id}/proof`)).body),
    );
    receipt = (await api.get<string>(`/api/v1/tokens/${log.tokens[0]!.id}/receipt`)).body;
    await api.put(RETENTION, { months: 12 });
    await neighbour.business.api.put(RETENTION, { months: 19 });
    await house.applyUntil(
      async () => (await house.sequences(log.business.id))[0] === OLD + 1 && (await dropped(neighbour)) > 0,
    );
    applied = (await api.get(EVENTS, { action: 'audit.retention_applied' })).body.items[0] as AuditEvent;
  });
  afterAll(() => house.close());

  it('lost them, under one event that says which, how many and where they are archived', async () => {
    const { items } = (await log.business.api.get(EVENTS, { action: 'audit.retention_applied' })).body;
    expect(items).toHaveLength(1);
    expect(applied).toMatchObject({
      actor: { kind: 'system' },
      target: { kind: 'audit', id: log.business.id },
      outcome: 'success',
      details: {
        months: months.map(monthName),
        events_dropped: OLD,
        through_sequence: OLD,
        archive: `${log.business.id}/1-${OLD}.ndjson.gz`,
      },
    });
    expect((await log.business.api.get(RETENTION)).body).toMatchObject({
      months: 12,
      dropped_through_sequence: OLD,
    });
  });

  it('answers of them as of events that never were', async () => {
    const { api } = log.business;
    const { id } = before[0] as AuditEvent;
    const unknown = '0199c0de-0000-7000-8000-000000000000';
    for (const path of [`${EVENTS}/${id}`, `${EVENTS}/${id}/proof`]) {
      const [gone, never] = [await api.get(path), await api.get(path.replace(id, unknown))];
      expect([gone.status, { ...gone.body, request_id: '' }]).toEqual([
        404,
        { ...never.body, request_id: '' },
      ]);
    }
    expect((await eventsOf(log))[0]?.sequence).toBe(OLD + 1);
    const from = '2000-01-01';
    const { items } = (await api.get('/api/v1/audit/summary', { from })).body as {
      items: { day: string; count: number }[];
    };
    expect(items.map(({ day }) => day.slice(0, 7))).not.toContain(monthName(months[1] as Date));
  });

  it('proves what stayed, and what went by the proofs that were made of it before', async () => {
    const keys = [parseVkey(log.vkey)];
    for (const [index, event] of before.entries())
      expect(verifyTlogProof(proofs[index] as string, leafHash(canonicalEvent(event)), keys)).not.toBeNull();
    for (const event of await eventsOf(log)) {
      const { body } = await log.business.api.get<string>(`${EVENTS}/${event.id}/proof`);
      expect(verifyTlogProof(body, leafHash(canonicalEvent(event)), keys)).not.toBeNull();
    }
  });

  it('shows that it only grew since every size, dropped ones included', async () => {
    const { api } = log.business;
    const old = openCheckpoint(log.checkpoint, [parseVkey(log.vkey)]);
    for (let from = 1; from <= old.size; from += 1) {
      const { body } = await api.get('/api/v1/audit/consistency', { from });
      const hashes = (body.proof as string[]).map((hash) => Buffer.from(hash, 'base64'));
      const [oldRoot, newRoot] = [body.from_root, body.to_root].map((root) =>
        Buffer.from(root as string, 'base64'),
      );
      if (from === old.size) expect(oldRoot).toEqual(Buffer.from(old.root));
      expect(
        consistencyHolds({
          oldSize: from,
          newSize: body.to as number,
          oldRoot: oldRoot!,
          newRoot: newRoot!,
          proof: hashes,
        }),
      ).toBe(true);
    }
  });

  it('is exported with the leaves of what was dropped, and verifies offline, also against an older checkpoint', async () => {
    const lines = await exportOf(log.business);
    expect(lines[1]).toMatch(`{"dropped":[1,${OLD}]`);
    expect(await verify(lines, log.vkey, [log.checkpoint])).toMatchObject({
      code: 0,
      failures: [],
      dropped: OLD,
      events_proven: lines.length - 3,
      dropped_under: { id: applied.id, sequence: applied.sequence, through_sequence: OLD },
    });
    for (const query of [
      '?sequence_from=3',
      `?sequence_from=${OLD + 2}`,
      '?action=token.*',
      '?sequence_to=5',
    ])
      expect(await verify(await exportOf(log.business, query), log.vkey)).toMatchObject({
        code: 0,
        failures: [],
      });
  });

  it('is compared with a checkpoint that ends among what was dropped, when that is asked for', async () => {
    const size = OLD - 2;
    const { body } = await log.business.api.get('/api/v1/audit/consistency', { from: size });
    const { origin } = openCheckpoint(log.checkpoint, [parseVkey(log.vkey)]);
    const key = createPrivateKey(testRun().secrets.RESCIND_SIGNING_KEY);
    const early = signCheckpoint(
      { origin, size, root: Buffer.from(body.from_root as string, 'base64') },
      key,
    );
    const forged = signCheckpoint({ origin, size, root: Buffer.alloc(32) }, key);
    const lines = await exportOf(log.business, `?compare_at=${size}`);
    expect(await verify(lines, log.vkey, [early, log.checkpoint])).toMatchObject({ code: 0, failures: [] });
    expect((await verify(lines, log.vkey, [forged])).failures).toMatchObject([{ kind: 'forked_log' }]);
    const unasked = await verify(await exportOf(log.business), log.vkey, [early]);
    expect(unasked.failures).toMatchObject([{ kind: 'uncompared_checkpoint' }]);
  });

  it('still gives receipts of revocations whose event was dropped', async () => {
    const { api } = log.business;
    const { body: jws } = await api.get<string>(`/api/v1/tokens/${log.tokens[0]!.id}/receipt`);
    const { public_key } = (await api.get('/api/v1/audit/key')).body as Record<string, string>;
    const key = await importSPKI(public_key as string, 'EdDSA');
    const [now, then] = await Promise.all(
      [jws, receipt].map(
        async (text) =>
          JSON.parse(Buffer.from((await compactVerify(text, key)).payload).toString()) as ReceiptClaims,
      ),
    );
    expect(now!.audit.sequence).toBeLessThanOrEqual(OLD);
    expect(now!.audit).toEqual(then!.audit);
  });

  it('does not take the months of its neighbour along, which keeps them longer', async () => {
    expect((await house.sequences(neighbour.business.id))[0]).toBe(OLDEST + 1);
    expect(
      await verify(await exportOf(neighbour.business), neighbour.vkey, [neighbour.checkpoint]),
    ).toMatchObject({ code: 0, dropped: OLDEST });
  });

  it('lost the partition of the month that everybody had let expire', async () => {
    const name = `audit_events_${monthName(months[0] as Date).replace('-', '_')}`;
    expect(await house.partitions()).not.toContain(name);
    expect(await house.partitions()).toContain('audit_events_default');
  });
});
