import { hash } from 'node:crypto';
import { copyRows } from '../lib/copy.mjs';
import { uuidAt } from '../lib/mint.mjs';
import { root } from '../lib/prerequisites.mjs';
import { missing } from './population.mjs';

/** Below this, building indexes anew costs more than keeping them. */
const REBUILD_ROWS = 100_000;
const SECONDS_30_DAYS = 30 * 86_400;

/**
 * Fills tables of a database of this run by COPY. The session is the superuser's: triggers and foreign keys of
 * rows made here hold by construction and are not asked row by row; large steps drop the indexes and build them
 * after. What the application sees is what it would have written itself, leaf hashes included.
 */
export async function filler({ session, mint, population, progress }) {
  const { canonicalEvent } = await import(`${root}/dist/audit/transparency/canonical-json.js`);
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
          const { secret, jti, digest, pepperId, preview } = mint();
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
    ];
    await withoutIndexes(session, 'tokens', wanted - have, () =>
      copyRows(session, 'tokens', columns, rows()),
    );
    progress('tokens', wanted, wanted);
    return kept;
  }

  async function events(wanted) {
    const have = businesses.reduce((sum, business) => sum + business.events, 0);
    let number = have;
    function* rows() {
      for (const { business, more } of missing(businesses, 'events', wanted)) {
        for (let count = 0; count < more; count++, number++) {
          if (number % 10_000 === 0) progress('events', number, wanted);
          yield rowOf(eventOf(business, ++business.events));
        }
      }
    }
    const eventOf = (business, sequence) => ({
      action: sequence % 4 === 0 ? 'token.revoked' : 'token.renamed',
      actor: { email: business.email, id: business.member, kind: 'user', token_id: business.member },
      business_id: business.id,
      details: { name_after: `token ${sequence}`, name_before: null },
      id: uuidAt(start + sequence),
      ip: '127.0.0.1',
      occurred_at: iso(start + sequence),
      outcome: 'success',
      reason: null,
      request_id: null,
      sequence,
      target: { id: business.member, kind: 'token' },
      user_agent: null,
    });
    const rowOf = (event) => [
      event.business_id, event.sequence, event.id, event.occurred_at, 'user', event.actor.id, event.actor.email, event.actor.token_id,
      event.action, 'token', event.target.id, 'success', event.ip, JSON.stringify(event.details),
      `\\x${hash('sha256', `\u0000${canonicalEvent(event)}`, 'hex')}`,
    ]; // prettier-ignore
    const columns = [
      'business_id', 'sequence', 'id', 'occurred_at', 'actor_kind', 'actor_id', 'actor_email', 'actor_token_id',
      'action', 'target_kind', 'target_id', 'outcome', 'ip', 'details', 'leaf_hash',
    ]; // prettier-ignore
    await withoutIndexes(session, 'audit_events', wanted - have, () =>
      copyRows(session, 'audit_events', columns, rows()),
    );
    await session.query('TRUNCATE audit_heads');
    await copyRows(session, 'audit_heads', ['business_id', 'size'], businesses.filter(({ events: size }) => size > 0).map(({ id, events: size }) => [id, size])); // prettier-ignore
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
