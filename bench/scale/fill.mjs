// @ts-check
import { createPrivateKey } from 'node:crypto';
import { copyRows } from '../lib/copy.mjs';
import { uuidAt } from '../lib/mint.mjs';
import { root } from '../lib/prerequisites.mjs';
import { EVENT_COLUMNS, eventMaker, rowOf } from './event-mix.mjs';
import { missing } from './population.mjs';
import { treeFiller } from './trees.mjs';

/** Below this, building indexes anew costs more than keeping them. */
const REBUILD_ROWS = 100_000;
const SECONDS_30_DAYS = 30 * 86_400;

/**
 * Fills tables of a database of this run by COPY. The session is the superuser's: triggers and foreign keys of
 * rows made here hold by construction and are not asked row by row; large steps drop the indexes and build them
 * after. What the application sees is what it would have written itself: leaf hashes, trees, and the MACs and seals that
 * only a holder of `signingKey` (PEM) can make.
 */
export async function filler({ session, mint, signingKey, population, progress }) {
  const { canonicalEvent } = await import(`${root}/dist/log-format/canonical-event.js`);
  const { leafHash } = await import(`${root}/dist/log-format/transparency/merkle-tree.js`);
  const { macs, seals, heads } = await rowsBoundTo(signingKey);
  await session.query(
    `SET session_replication_role = replica; SET maintenance_work_mem = '512MB'; SET synchronous_commit = off`,
  );
  const { businesses, start } = population;

  async function tenants() {
    const at = new Date(start).toISOString();
    const rows = businesses.map(({ id, name }, index) => [id, name, `business-${index}`, 'dz', at]);
    await copyRows(session, 'businesses', ['id', 'name', 'slug', 'token_prefix', 'created_at'], rows);
    const members = businesses.map(({ id, member, email }) => [member, id, email, 'Owner', 'owner', at]);
    await copyRows(session, 'members', ['id', 'business_id', 'email', 'name', 'role', 'created_at'], members);
  }

  /** @param sample how many of the new tokens to return with their secrets, spread over all */
  async function tokens(wanted, sample) {
    const have = businesses.reduce((sum, business) => sum + business.tokens, 0);
    const every = Math.max(1, Math.floor((wanted - have) / sample));
    const kept = [];
    const step = (SECONDS_30_DAYS * 1000) / Math.max(1, wanted);
    function* rows() {
      let number = have;
      for (const { business, more } of missing(businesses, 'tokens', wanted)) {
        for (let count = 0; count < more; count++, number++) {
          const { secret, jti, digest, pepperId, preview, macOf } = mint();
          const created = Math.floor(start + number * step);
          const id = uuidAt(created);
          if (number % every === 0) kept.push({ tenant: business, id, jti, secret });
          if (number % 10_000 === 0) progress('tokens', number, wanted);
          yield [
            id,
            jti,
            business.id,
            'user',
            business.member,
            `token ${number}`,
            preview,
            digest,
            pepperId,
            '{jobs:read}',
            iso(created),
            macOf({
              id,
              jti,
              digest,
              business_id: business.id,
              owner_id: business.member,
              scopes: ['jobs:read'],
              created,
            }),
          ];
        }
        business.tokens += more;
      }
    }
    const columns = [
      'id',
      'jti',
      'business_id',
      'owner_kind',
      'member_id',
      'name',
      'token_prefix',
      'digest',
      'pepper_id',
      'scopes',
      'created_at',
      'mac',
    ];
    await withoutIndexes(session, 'tokens', wanted - have, () =>
      copyRows(session, 'tokens', columns, rows()),
    );
    progress('tokens', wanted, wanted);
    return kept;
  }

  /**
   * Events with their leaves in the trees, behind whatever the logs hold already.
   * @param most how many there are ever going to be
   */
  async function events(wanted, most) {
    await session.query(PARTITIONS_OF_LAST_YEAR);
    const trees = await treeFiller(session, seals, heads);
    const states = new Map();
    for (const business of businesses) {
      const state = await trees.stateOf(business.id);
      business.events = state.head;
      if (state.unsealed.length > 0) states.set(business.id, state);
    }
    let number = businesses.reduce((sum, business) => sum + business.events, 0);
    await withoutIndexes(session, 'audit_events', wanted - number, async () => {
      for (const { business, more } of missing(businesses, 'events', wanted)) {
        business.maker ??= eventMaker({ id: business.id, whole: Math.ceil(business.share * most) });
        const leaves = [];
        function* rows() {
          for (let count = 0; count < more; count++, number++) {
            if (number % 10_000 === 0) progress('events', number, wanted);
            const event = business.maker.eventOf(++business.events);
            const leaf = leafHash(canonicalEvent(event));
            leaves.push(leaf);
            yield rowOf(event, leaf, macs.macOf(business.id, event.sequence, leaf));
          }
        }
        const state = states.get(business.id) ?? (await trees.stateOf(business.id));
        await copyRows(session, 'audit_events', EVENT_COLUMNS, rows());
        await trees.grow(business.id, state, leaves);
        await session.query(REGISTER, [business.id, business.events - leaves.length]);
      }
    });
    progress('events', wanted, wanted);
  }

  /** Fresh statistics and visibility, as autovacuum would have made them in time. */
  async function settle() {
    await session.query('VACUUM (ANALYZE) tokens');
    await session.query('VACUUM (ANALYZE) audit_events');
    await session.query('ANALYZE');
    await session.query('CHECKPOINT');
  }

  return { tenants, tokens, events, settle };
}

/** What makes MACs and seals, as a process with this key has it. */
async function rowsBoundTo(signingKey) {
  const { SigningKeys } = await import(`${root}/dist/secrets/signing-keys.js`);
  const { EventMacs, HeadMacs } = await import(`${root}/dist/audit/trail/event-macs.js`);
  const { TreeSeals } = await import(`${root}/dist/audit/sealing/tree-trust.js`);
  const keys = new SigningKeys({ signingKey: createPrivateKey(signingKey), retiredSigningKeys: [] });
  return {
    macs: new EventMacs(keys),
    seals: new TreeSeals(keys),
    heads: new HeadMacs(keys, { adopts: false }),
  };
}

/** What the triggers of the log write beside it: sequences, and the ends of tokens. */
const REGISTER = `
WITH added AS MATERIALIZED (SELECT * FROM audit_events WHERE business_id = $1 AND sequence > $2), taken AS (
  INSERT INTO audit_sequences (business_id, sequence, occurred_at) SELECT business_id, sequence, occurred_at FROM added)
INSERT INTO audit_token_ends (token_id, action, business_id, sequence, occurred_at, grace_ends_at)
SELECT target_id::uuid, action, business_id, sequence, occurred_at, CASE action WHEN 'token.rotated' THEN (details->>'grace_ends_at')::timestamptz END
FROM added WHERE action IN ('token.revoked', 'token.rotated') AND outcome = 'success' AND target_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
ORDER BY sequence ON CONFLICT DO NOTHING`;

/** As the service would have made them month by month; none of these months has events when it is first called. */
const PARTITIONS_OF_LAST_YEAR = `
DO $$ DECLARE month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC') - interval '12 months'; BEGIN
  WHILE month < date_trunc('month', now() AT TIME ZONE 'UTC') LOOP
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF audit_events FOR VALUES FROM (%L) TO (%L)',
      'audit_events_' || to_char(month, 'YYYY_MM'), month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
    month := month + interval '1 month';
  END LOOP;
END $$`;

const iso = (milliseconds) => new Date(milliseconds).toISOString();

async function withoutIndexes(session, table, rows, work) {
  if (rows < REBUILD_ROWS) return work();
  const { rows: indexes } = await session.query(
    `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
     FROM pg_index i WHERE i.indrelid = $1::regclass AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)`,
    [table],
  );
  for (const { name } of indexes) await session.query(`DROP INDEX ${name}`);
  await work();
  for (const { definition } of indexes) await session.query(definition.replace(' ON ONLY ', ' ON '));
}
