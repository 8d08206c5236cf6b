import { anyNumberOf, type Prepared } from '../../database/prepared.js';

export interface AppendedRow {
  id: string;
  sequence: string;
  occurred_at: Date;
  leaf_hash: Buffer;
  transaction_id: string;
}

/**
 * Appends the events given as JSON in $3 to the logs $1, of which log $1[i] takes $2[i]; `behind` counts the events
 * that follow in the same log. The row locks on the heads order writers. They are taken in the order of the logs, so
 * that no two writers wait for each other. The database fills sequence and time into the canonical text and hashes
 * the leaf, all in one round trip.
 */
export const APPEND_EVENTS: Prepared = {
  name: 'audit_append',
  text: `
WITH head AS (
  INSERT INTO audit_heads AS h (business_id, size)
  SELECT log, events FROM unnest(${anyNumberOf('$1::uuid[]')}, ${anyNumberOf('$2::bigint[]')}) AS l (log, events) ORDER BY log
  ON CONFLICT (business_id) DO UPDATE SET size = h.size + excluded.size
  RETURNING business_id, size
), moment AS (
  SELECT now()::timestamptz(3) AS occurred_at, to_char(now()::timestamptz(3) AT TIME ZONE 'UTC', '"\\""YYYY-MM-DD"T"HH24:MI:SS.MS"Z\\""') AS text
), line AS (
  SELECT head.business_id, head.size - l.behind AS sequence, moment.occurred_at, moment.text, l.*
  FROM moment, json_to_recordset($3::json) AS l (
    log uuid, behind bigint, id uuid, actor json, action text, target json, outcome text, reason text, request_id text,
    ip text, user_agent text, details jsonb, canonical_head text, canonical_middle text, canonical_tail text)
  JOIN head ON head.business_id = l.log
)
INSERT INTO audit_events (business_id, sequence, id, occurred_at, actor_kind, actor_id, actor_email, actor_token_id, action,
  target_kind, target_id, outcome, reason, request_id, ip, user_agent, details, leaf_hash)
SELECT business_id, sequence, id, occurred_at, actor->>'kind', (actor->>'id')::uuid, actor->>'email', (actor->>'token_id')::uuid, action,
  target->>'kind', target->>'id', outcome, reason, request_id, ip, user_agent, details,
  sha256('\\x00'::bytea || convert_to(canonical_head || text || canonical_middle || sequence || canonical_tail, 'UTF8'))
FROM line
RETURNING id, sequence, occurred_at, leaf_hash, pg_current_xact_id()::text AS transaction_id`,
};
