// @ts-check
/**
 * The limit for lists and changes: Fastify and pg as anybody would put them together, on the rows of Rescind's own tables.
 * No caller is checked, no row is proven, nothing is sealed, and no verifier waited for. Its writes go to tables of its own
 * with one index.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import pg from 'pg';
import { portOf, ready, settings } from './ready.mjs';

const LIST = `SELECT t.id, t.jti, t.name, t.description, t.external_id, t.metadata, t.token_prefix, t.created_at, t.last_used_at, t.expires_at,
  t.revoked_at, t.revoked_by, t.revocation_reason, t.scopes, t.trusted_ips, t.owner_kind, m.id AS owner_id, m.name AS owner_name, m.email AS owner_email,
  t.business_id, t.issued_by_token, t.issued_to, t.replaced_by, t.grace_ends_at
FROM tokens t LEFT JOIN members m ON m.id = t.member_id
WHERE t.business_id = $1 AND t.revoked_at IS NULL ORDER BY t.created_at DESC, t.id DESC LIMIT 51`;
const SEARCH = 'SELECT * FROM audit_events WHERE business_id = $1 ORDER BY sequence DESC LIMIT 51';
const ISSUE = `INSERT INTO bare_tokens (id, business_id, name, digest, scopes, created_at) VALUES ($1, $2, $3, $4, $5, now()) RETURNING *`;
const NOTE = `INSERT INTO bare_events (id, business_id, occurred_at, action, details) VALUES ($1, $2, now(), $3, $4)`;

// Along the indexes, as the service reads them, however old the statistics are.
const options = ['app.business_id=*', 'enable_seqscan=off', 'enable_bitmapscan=off', 'enable_sort=off'];
const pool = new pg.Pool({
  connectionString: settings.url,
  max: 10,
  options: options.map((each) => `-c ${each}`).join(' '),
});
await pool.query(`CREATE TABLE IF NOT EXISTS bare_tokens (id uuid PRIMARY KEY, business_id uuid, name text, digest bytea, scopes text[], created_at timestamptz);
  CREATE TABLE IF NOT EXISTS bare_events (id uuid PRIMARY KEY, business_id uuid, occurred_at timestamptz, action text, details jsonb);
  CREATE INDEX IF NOT EXISTS bare_events_idx ON bare_events (business_id, occurred_at)`);

const note = (
  /** @type {pg.Pool | pg.PoolClient} */ on,
  /** @type {string} */ business,
  /** @type {string} */ action,
) => on.query({ name: 'note', text: NOTE, values: [randomUUID(), business, action, '{"limit": 50}'] });

const app = Fastify();
app.get('/tokens/:business', async ({ params }) => {
  const { business } = /** @type {{ business: string }} */ (params);
  const { rows } = await pool.query({ name: 'list', text: LIST, values: [business] });
  return { items: rows.slice(0, 50), total: null };
});
app.get('/events/:business', async ({ params }) => {
  const { business } = /** @type {{ business: string }} */ (params);
  const { rows } = await pool.query({ name: 'search', text: SEARCH, values: [business] });
  await note(pool, business, 'searched');
  return { items: rows.slice(0, 50), total: null };
});
app.post('/tokens/:business', async ({ params, body }, reply) => {
  const { business } = /** @type {{ business: string }} */ (params);
  const { name, scopes } = /** @type {{ name: string, scopes: string[] }} */ (body);
  const session = await pool.connect();
  try {
    await session.query('BEGIN');
    const values = [randomUUID(), business, name, randomBytes(32), scopes];
    const { rows } = await session.query({ name: 'issue', text: ISSUE, values });
    await note(session, business, 'issued');
    await session.query('COMMIT');
    reply.code(201);
    return { token: randomBytes(24).toString('base64url'), token_info: rows[0] };
  } finally {
    session.release();
  }
});
await app.listen({ host: '127.0.0.1', port: 0 });
ready({ port: portOf(app), requests: [] });
