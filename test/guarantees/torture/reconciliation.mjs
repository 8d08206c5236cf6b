// @ts-check
/** Each finds rows that must not exist. */
const QUESTIONS = {
  'a revoked row whose revocation is not exactly one audit event': `
    SELECT t.id FROM tokens t LEFT JOIN audit_events e ON e.target_id = t.id::text AND e.action = 'token.revoked'
    WHERE t.revoked_at IS NOT NULL AND t.id <> ALL ($1::uuid[]) GROUP BY t.id HAVING count(e.id) <> 1`,
  'an audit event of a revocation without its row': `
    SELECT e.id FROM audit_events e LEFT JOIN tokens t ON t.id::text = e.target_id AND t.revoked_at IS NOT NULL
    WHERE e.action = 'token.revoked' AND t.id IS NULL AND $1::uuid[] IS NOT NULL`,
  'an operator revocation that made an audit event of its own': `
    SELECT t.id FROM tokens t JOIN audit_events e ON e.target_id = t.id::text AND e.action = 'token.revoked'
    WHERE t.id = ANY ($1::uuid[]) AND t.revoked_by IS NULL`,
  'a log with a gap': `
    SELECT h.business_id FROM audit_heads h JOIN audit_events e USING (business_id) WHERE $1::uuid[] IS NOT NULL
    GROUP BY h.business_id, h.size HAVING count(*) <> h.size OR max(e.sequence) <> h.size OR min(e.sequence) <> 1`,
};

/**
 * Whether acknowledged changes, rows, audit events and feed entries agree one to one.
 * @returns {Promise<{differences: {what: string, ids: string[]}[], revokedRows: number}>}
 */
export async function reconcile(cluster, history) {
  const ofTokens = (kind, ok) =>
    history.changes
      .filter((each) => each.kind === kind && each.ok === ok)
      .map(({ token }) => history.tokens[token].id);
  const byOperator = [...ofTokens('operator-revoke', true), ...ofTokens('operator-revoke', false)];
  const differences = [];
  for (const [what, question] of Object.entries(QUESTIONS)) {
    const rows = await cluster.sql(question, [byOperator]);
    if (rows.length > 0) differences.push({ what, ids: rows.map((row) => row.id ?? row.business_id) });
  }
  const acknowledged = [...ofTokens('revoke', true), ...ofTokens('operator-revoke', true)];
  const lost = await cluster.sql(
    `SELECT id FROM unnest($1::uuid[]) AS id WHERE NOT EXISTS (SELECT FROM tokens t WHERE t.id = id.id AND t.revoked_at IS NOT NULL)`,
    [acknowledged],
  );
  if (lost.length > 0)
    differences.push({ what: 'an acknowledged revocation without its row', ids: lost.map(({ id }) => id) });
  const endedOwners = history.changes
    .filter(({ kind, ok }) => kind === 'end-owner' && ok)
    .map(({ owner }) => owner);
  const survivors = await cluster.sql(
    `SELECT id FROM tokens WHERE coalesce(member_id, identity_id) = ANY ($1::uuid[]) AND revoked_at IS NULL`,
    [endedOwners],
  );
  if (survivors.length > 0)
    differences.push({ what: 'a token that outlived its owner', ids: survivors.map(({ id }) => id) });
  const [{ count }] = await cluster.sql(
    'SELECT count(*)::int AS count FROM tokens WHERE revoked_at IS NOT NULL',
  );
  return { differences, revokedRows: count };
}
