// @ts-check
/** Each finds events of somebody who had ended: `id`, `token`, and where it stands. */
const IN_THE_LOGS_OWN_ORDER = {
  'its own revocation': `
    SELECT e.id, e.action, e.business_id, e.sequence, r.sequence AS ended_at FROM audit_events r JOIN audit_events e
      ON e.business_id = r.business_id AND e.actor_token_id::text = r.target_id AND e.sequence > r.sequence
    WHERE r.action = 'token.revoked' AND e.outcome = 'success'`,
  'its own rotation without grace': `
    SELECT e.id, e.action, e.business_id, e.sequence, r.sequence AS ended_at FROM audit_events r JOIN audit_events e
      ON e.business_id = r.business_id AND e.actor_token_id::text = r.target_id AND e.sequence > r.sequence
    WHERE r.action = 'token.rotated' AND (r.details->>'grace_ends_at')::timestamptz <= r.occurred_at AND e.outcome = 'success'`,
  "its owner's removal": `
    SELECT e.id, e.action, e.business_id, e.sequence, r.sequence AS ended_at FROM audit_events r JOIN audit_events e
      ON e.business_id = r.business_id AND e.actor_id::text = r.target_id AND e.sequence > r.sequence
    WHERE r.action IN ('member.removed', 'identity.disabled') AND e.outcome = 'success'`,
  "its owner's cut-off": `
    SELECT e.id, e.action, e.business_id, e.sequence, r.sequence AS ended_at FROM audit_events r
      JOIN tokens t ON t.business_id = r.business_id AND coalesce(t.member_id, t.identity_id)::text = r.details->>'subject'
        AND t.created_at <= (r.details->>'not_before')::timestamptz
      JOIN audit_events e ON e.business_id = r.business_id AND e.actor_token_id = t.id AND e.sequence > r.sequence
    WHERE r.action = 'token.cut_off' AND e.outcome = 'success'`,
  "its owner's demotion": `
    SELECT e.id, e.action, e.business_id, e.sequence, last.sequence AS ended_at FROM audit_events e CROSS JOIN LATERAL (
      SELECT c.sequence, c.details->>'role_after' AS role FROM audit_events c WHERE c.business_id = e.business_id
        AND c.target_id = e.actor_id::text AND c.action = 'member.changed' AND c.sequence < e.sequence
      ORDER BY c.sequence DESC LIMIT 1) AS last
    WHERE e.action IN ('member.added', 'token.issued') AND e.outcome = 'success' AND last.role = 'auditor'
      AND e.details->>'replaces' IS NULL`,
};

/** Of what transactions that no snapshot $2[i], taken after the end of token $1[i] was answered, has seen. */
const COMMITTED_LATER = `
  SELECT e.id, e.action, e.business_id, e.sequence FROM unnest($1::uuid[], $2::text[]) AS ended (token, snapshot)
  JOIN audit_events e ON e.actor_token_id = ended.token
  WHERE e.outcome = 'success' AND NOT pg_visible_in_snapshot(e.xmin::text::xid8, ended.snapshot::pg_snapshot)`;

/**
 * Whether nobody acted after they were ended.
 *
 * - `acted-after-its-end`: a log tells of it in its own order, which is the order of commits.
 * - `committed-after-its-end`: of tokens that act in other logs than the one that tells of their revocation: the
 *   transaction was not committed yet when, after that had been answered, a snapshot was taken.
 */
export async function checkActors(cluster, history) {
  const violations = [];
  for (const [after, question] of Object.entries(IN_THE_LOGS_OWN_ORDER))
    for (const event of await cluster.sql(question))
      violations.push({ kind: 'acted-after-its-end', after, ...event });
  const marked = history.changes.filter(({ kind, ok, snapshot }) => kind === 'revoke' && ok && snapshot);
  const late = await cluster.sql(COMMITTED_LATER, [
    marked.map(({ token }) => history.tokens[token].id),
    marked.map(({ snapshot }) => snapshot),
  ]);
  for (const event of late) violations.push({ kind: 'committed-after-its-end', ...event });
  return violations;
}
