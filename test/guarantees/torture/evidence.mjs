// @ts-check
const TOKENS_MAX = 5;
const SIGHTINGS_MAX = 200;

/**
 * All that is known of the tokens that violations name, the first few of them: what was done to them and when, how they
 * were answered, and what the database and the log say now.
 * @param {any} cluster
 * @param {import('./history.mjs').History} history
 * @param {any[]} violations
 */
export async function evidenceOf(cluster, history, violations) {
  const numbers = [...new Set(violations.map(({ token }) => token))].filter(
    (each) => typeof each === 'number',
  );
  const files = [];
  for (const number of numbers.slice(0, TOKENS_MAX)) files.push(await fileOf(cluster, history, number));
  return { tokens: numbers.length, violations: violations.slice(0, SIGHTINGS_MAX), files };
}

async function fileOf(cluster, history, number) {
  const token = history.tokens[number];
  const sightings = [];
  for (const seen of history.verifications()) if (seen.token === number) sightings.push(seen);
  const ask = (text) => cluster.sql(text, [token.id]).catch(({ message }) => message);
  return {
    number,
    token,
    changes: history.changes.filter(
      (change) => change.token === number || (token.owner !== null && change.owner === token.owner),
    ),
    row: await ask(`SELECT to_jsonb(t) - 'digest' AS row FROM tokens t WHERE id = $1`),
    events: await ask(
      `SELECT to_jsonb(e) AS event FROM audit_events e WHERE target_id = $1::text OR actor_token_id = $1::uuid
       ORDER BY occurred_at, sequence LIMIT 100`,
    ),
    sightings: sightings.slice(0, SIGHTINGS_MAX),
  };
}
