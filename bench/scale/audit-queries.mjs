// @ts-check
import { root } from '../lib/prerequisites.mjs';
import { quantile } from '../lib/statistics.mjs';
import { RARE_REASON } from './event-mix.mjs';

const REQUESTS = 100;
const MONTH_MS = 30 * 86_400_000;

const encoded = encodeURIComponent;
const events = (query) => `/api/v1/audit/events?limit=50${query}`;
const across = (query) => `/api/v1/admin/audit/events?limit=50${query}`;
const from = ({ occurred_at: at }) => encoded(new Date(at.getTime() - MONTH_MS).toISOString());
const to = ({ occurred_at: at }) => encoded(at.toISOString());

/** What is asked of an event that is there: the path. Each reading is recorded, as always. */
/** @type {Record<string, (event: any) => string>} */
const KINDS = {
  'newest 50': () => events(''),
  'action=token.*': () => events('&action=token.*'),
  'action, one of twenty': () => events('&action=member.changed'),
  actor: ({ actor_id: id }) => events(`&actor=${id}`),
  'actor and action': ({ actor_id: id }) => events(`&actor=${id}&action=token.revoked`),
  target: ({ target_id: id }) => events(`&target_id=${id}`),
  token: ({ target_id: id }) => events(`&token_id=${id}`),
  'request id': ({ request_id: id }) => events(`&request_id=${id}`),
  ip: ({ ip }) => events(`&ip=${ip}`),
  'outcome=denied': () => events('&outcome=denied'),
  'actor kind, one of four': () => events('&actor_kind=identity'),
  'actor kind, none': () => events('&actor_kind=system'),
  'reason, frequent': () => events('&reason=rotation'),
  'reason, rare': () => events(`&reason=${encoded(RARE_REASON)}`),
  'reason, none': () => events('&reason=never%20said'),
  'a month': (event) => events(`&from=${from(event)}&to=${to(event)}`),
  'a month, and a rare reason': (event) =>
    events(`&from=${from(event)}&to=${to(event)}&reason=${encoded(RARE_REASON)}`),
  'summary of a month': (event) => `/api/v1/audit/summary?from=${from(event)}&to=${to(event)}`,
  'across businesses: request id': ({ request_id: id }) => across(`&request_id=${id}`),
  'across businesses: newest of an action': () => across('&action=token.revoked'),
  'across businesses: reason, none': () => across('&reason=never%20said'),
  'proof of an event': ({ id }) => `/api/v1/audit/events/${id}/proof`,
};

/**
 * Latency of each kind of audit query, one caller, at the size that the log has.
 * `businesses`: whose logs are asked in turn.
 * @returns {Promise<{ name: string, p50: number, p95: number }[]>} in milliseconds
 */
export async function measureAuditQueries({ client, headersOf, session, businesses }) {
  const asked = [];
  for (const { id } of businesses) {
    const { rows: [{ size }] } = await session.query('SELECT size FROM audit_heads WHERE business_id = $1', [id]); // prettier-ignore
    const sequences = Array.from({ length: REQUESTS }, (_, index) =>
      Math.ceil(Number(size) * (((index + 1) * 0.618034) % 1) || 1),
    );
    const { rows } = await session.query(
      `SELECT id, sequence, occurred_at, actor_id, target_id, request_id, ip FROM audit_events
       WHERE business_id = $1 AND sequence = ANY($2::bigint[]) AND target_kind = 'token' AND user_agent = 'bench/1.0'`,
      [id, sequences],
    );
    // Of many businesses the small ones have nothing to ask for yet.
    if (rows.length > 0) asked.push({ id, rows });
  }
  const results = [];
  for (const [name, pathOf] of Object.entries(KINDS)) {
    const took = [];
    for (let index = 0; index < REQUESTS; index++) {
      const business = asked[index % asked.length];
      const event = business.rows[Math.floor(index / asked.length) % business.rows.length];
      const started = performance.now();
      const { status, text } = await client.request('GET', pathOf(event), { headers: headersOf(business) });
      took.push(performance.now() - started);
      if (status !== 200) throw new Error(`${pathOf(event)} answered ${status}: ${text.slice(0, 300)}`);
    }
    results.push({ name, p50: quantile(took, 0.5), p95: quantile(took, 0.95) });
  }
  const [business] = asked;
  await demandProof(client, headersOf(business), business.rows[0]);
  return results;
}

/** The proof of an event that was filled in must hold: fast and wrong is no measurement. */
async function demandProof(client, headers, { id }) {
  const { verifyTlogProof } = await import(`${root}/dist/log-format/transparency/tlog-proof.js`);
  const { parseVkey } = await import(`${root}/dist/log-format/transparency/note-key.js`);
  const { leafHash } = await import(`${root}/dist/log-format/transparency/merkle-tree.js`);
  const { canonicalJson } = await import(`${root}/dist/log-format/canonical-event.js`);
  const get = async (path) => client.request('GET', `/api/v1/audit/${path}`, { headers });
  const proof = (await get(`events/${id}/proof`)).text;
  const key = parseVkey((await get('key')).body.vkey);
  const leaf = leafHash(canonicalJson((await get(`events/${id}`)).body));
  if (verifyTlogProof(proof, leaf, [key]) === null) throw new Error(`the proof of event ${id} does not hold`);
}
