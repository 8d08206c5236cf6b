import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';

const PLATFORM = `'${PLATFORM_LOG}'::uuid`;

/**
 * The latest of the cut-offs that apply to the row `t` of a token: a token that was issued then or before is refused;
 * null: there is none. By primary keys.
 */
const notBeforeOf = (
  t: string,
  business = `${t}.business_id`,
): string => `greatest((SELECT not_before FROM platform_not_before WHERE only_row),
    (SELECT not_before FROM businesses WHERE id = ${business}), (SELECT not_before FROM members WHERE id = ${t}.member_id),
    (SELECT not_before FROM identities WHERE id = ${t}.identity_id), (SELECT not_before FROM peppers WHERE id = ${t}.pepper_id))`;

/** The subjects whose cut-offs apply to the row `t` of a token. */
const subjectsOf = (
  t: string,
): string => `ARRAY['platform', 'pepper:' || ${t}.pepper_id, ${t}.business_id::text, ${t}.member_id::text,
      ${t}.identity_id::text]`;

/**
 * The cut-offs of the token in the register of the log, as `c`; conditions may follow with AND. By audit_cut_offs_pkey.
 */
const registered = (t: string): string => `audit_cut_offs c
    WHERE c.business_id = ANY (ARRAY[${t}.business_id, ${PLATFORM}]) AND c.subject = ANY (${subjectsOf(t)})`;

/**
 * The latest of all cut-offs of a business, of anybody in it and of the platform, according to the rows or the log: no
 * token that was issued later is covered by one. Null: there is none. Looked up once a statement, by the newest entry of
 * members_cut_off_idx, identities_cut_off_idx and audit_cut_offs_latest_idx.
 */
function latestOf(business: string): string {
  const ofOwners = (table: string): string =>
    `(SELECT not_before FROM ${table} WHERE business_id = ${business} AND not_before IS NOT NULL ORDER BY not_before DESC LIMIT 1)`;
  const ofLog = (log: string): string =>
    `(SELECT not_before FROM audit_cut_offs WHERE business_id = ${log} AND sequence >= 0 ORDER BY not_before DESC LIMIT 1)`;
  return `greatest((SELECT not_before FROM platform_not_before WHERE only_row), (SELECT not_before FROM businesses WHERE id = ${business}),
    ${ofOwners('members')}, ${ofOwners('identities')}, (SELECT max(not_before) FROM peppers), ${ofLog(business)}, ${ofLog(PLATFORM)})`;
}

/**
 * Whether a cut-off covers the row `t` of a token, according to the rows or the log: it is then revoked, even if its own
 * row does not say so yet. Correct under row-level security: a statement that sees a token also sees its business and
 * owner.
 * @param business the id of the token's business, where one is the same for all rows: only tokens that were issued before
 * its latest cut-off are then looked at one by one
 */
export function isCutOff(t: string, business?: string): string {
  const isCovered = `(coalesce(${t}.created_at <= ${notBeforeOf(t, business)}, false) OR EXISTS (SELECT FROM ${registered(t)} AND c.not_before >= ${t}.created_at))`;
  return business === undefined
    ? isCovered
    : `(coalesce(${t}.created_at <= ${latestOf(business)}, false) AND ${isCovered})`;
}

/**
 * Joins to the row `t` of a token, which is already joined with its business `b`, member `m` and identity `i`: as `cut`
 * the latest cut-off in their rows, and as `unsaid` a later cut-off that only the log has. By primary keys, and one scan
 * of audit_cut_offs_pkey that finds nothing if rows and log agree.
 */
export const CUT_OFFS_OF_JOINED = `CROSS JOIN LATERAL (SELECT greatest((SELECT not_before FROM platform_not_before WHERE only_row),
    b.not_before, m.not_before, i.not_before, (SELECT not_before FROM peppers WHERE id = t.pepper_id)) AS not_before OFFSET 0) cut
LEFT JOIN LATERAL (SELECT c.subject FROM ${registered('t')} AND c.not_before > coalesce(cut.not_before, '-infinity') LIMIT 1) unsaid ON true`;

/**
 * The subject whose cut-off differs between the rows of the joined token and the log; null: none that matters to the
 * token.
 */
export const CUT_OFF_DIFFERS_OF_JOINED = `CASE WHEN unsaid.subject IS NOT NULL THEN unsaid.subject
    WHEN cut.not_before IS NOT NULL AND NOT EXISTS (SELECT FROM ${registered('t')} AND c.not_before = cut.not_before)
    THEN CASE cut.not_before WHEN b.not_before THEN t.business_id::text WHEN m.not_before THEN t.member_id::text
      WHEN i.not_before THEN t.identity_id::text WHEN (SELECT not_before FROM platform_not_before WHERE only_row) THEN 'platform'
      ELSE 'pepper:' || t.pepper_id END END`;

/** The first moment at which a token like the row `t` can be issued without being cut off; null: any. */
export const firstAfterCutOffs = (t: string): string => `(${notBeforeOf(t)} + interval '1 millisecond')`;

/**
 * Joins to the row `t` of a token that is not marked yet its first cut-off as `cut`, with the facts of its revocation.
 * By revocations_of_subject_idx, only for tokens that were cut off.
 * @param business as in `isCutOff`
 */
export const firstCutOff = (
  business?: string,
): string => `LEFT JOIN LATERAL (SELECT c.id, c.revoked_at, c.revoked_by, c.revocation_reason FROM revocations c
    WHERE t.revoked_at IS NULL AND ${isCutOff('t', business)} AND c.not_before >= t.created_at AND c.subject = ANY (${subjectsOf('t')})
    ORDER BY c.number LIMIT 1) cut ON true`;

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
