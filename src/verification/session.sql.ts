import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { isCutOff } from './cut-off.sql.js';

const IS_SUSPECT = `EXISTS (SELECT FROM integrity_faults f WHERE f.business_id = coalesce(o.business_id, '${PLATFORM_LOG}')
      AND f.fault IN ('token_invented', 'token_differs', 'token_forged', 'token_unrevoked') AND f.subject = o.id::text AND f.cleared_at IS NULL)`;

/**
 * Joins to the row `t` of a token, as `opener`, the token that it was opened with if it is a session: whether that one is
 * revoked, cut off, or not as the log says, when it ends by itself, and what it is bound to. For an API token the condition
 * on its kind is all that is looked at. By primary keys.
 */
export const OPENER_OF_SESSION = `LEFT JOIN LATERAL (SELECT o.revoked_at IS NOT NULL OR ${isCutOff('o')}
    OR EXISTS (SELECT FROM audit_token_ends e WHERE e.token_id = o.id AND e.action = 'token.revoked') OR ${IS_SUSPECT} AS ended,
    least(o.expires_at, o.grace_ends_at) AS ends_at, o.trusted_ips
  FROM tokens o WHERE t.kind = 'session' AND o.id = t.issued_by_token OFFSET 0) opener ON true`;

/** Whether the session `t`, joined with its `opener`, is good at this moment, apart from its owner and its business. */
export const IS_LIVE_SESSION = `t.revoked_at IS NULL AND NOT ${isCutOff('t')} AND t.expires_at > now()
  AND coalesce(t.last_used_at, t.created_at) + make_interval(secs => t.idle_seconds) > now()
  AND NOT coalesce(opener.ended, t.issued_by_token IS NOT NULL) AND coalesce(opener.ends_at > now(), true)`;
