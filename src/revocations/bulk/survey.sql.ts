import type { Prepared } from '../../database/prepared.js';
import type { CutOffShape } from '../cut-offs/cut-offs.repository.js';
import {
  filteringConditions,
  indexedConditions,
  IS_EXPIRED,
  type Parameter,
} from '../../token-rows/selection/selector.sql.js';
import type { TokenSelector } from '../../token-rows/selection/token-selector.js';
import type { OwnerFilter } from '../../token-rows/token-owner.js';

/** Which tokens a revocation means, of those that are not revoked. */
export type Matched =
  | { kind: 'selection'; businessId: string; owner: OwnerFilter; selector: TokenSelector }
  | {
      kind: 'cut_off';
      /** null: of all businesses, and of the platform itself. */
      businessId: string | null;
      shape: CutOffShape;
      subject: string;
      /** null: up to now. */
      issuedBefore: Date | null;
    };

/** So many owners, and as many scopes, are told apart. */
const TOLD_APART = 20;
const SAMPLE = 10;

/** A cut-off that is in force: of what, and from when on tokens are good. */
export interface CutOffInForce {
  kind: 'platform' | 'business_id' | 'member_id' | 'identity_id' | 'pepper_id';
  /** null: the platform. */
  id: string | null;
  notBefore: Date;
}

/** The cut-offs in force in business $1; null: everywhere. */
export const CUT_OFFS_IN_FORCE: Prepared = {
  name: 'revocation_cut_offs_in_force',
  text: `
SELECT 'platform' AS kind, NULL AS id, not_before AS "notBefore" FROM platform_not_before WHERE not_before IS NOT NULL
UNION ALL SELECT 'business_id', id::text, not_before FROM businesses WHERE not_before IS NOT NULL AND ($1::uuid IS NULL OR id = $1)
UNION ALL SELECT 'member_id', id::text, not_before FROM members WHERE not_before IS NOT NULL AND ($1::uuid IS NULL OR business_id = $1)
UNION ALL SELECT 'identity_id', id::text, not_before FROM identities WHERE not_before IS NOT NULL AND ($1::uuid IS NULL OR business_id = $1)
UNION ALL SELECT 'pepper_id', id, not_before FROM peppers WHERE not_before IS NOT NULL`,
};

/**
 * Not revoked and not cut off, where a million rows are asked. The cut-offs are given, and looked up by hash: a look-up for
 * each row would be slow, and would keep PostgreSQL from asking with several processes.
 */
function isNotRevoked(inForce: readonly CutOffInForce[], parameter: Parameter): string {
  const conditions = ['t.revoked_at IS NULL'];
  for (const [kind, cutOffs] of Map.groupBy(inForce, (each) => each.kind)) {
    const moments = parameter(cutOffs.map(({ notBefore }) => notBefore));
    if (kind === 'platform') conditions.push(`t.created_at > ALL (${moments}::timestamptz[])`);
    else {
      const ids = parameter(cutOffs.map(({ id }) => id));
      conditions.push(`NOT EXISTS (SELECT FROM unnest(${ids}::${kind === 'pepper_id' ? 'text' : 'uuid'}[], ${moments}::timestamptz[]) AS c (id, not_before)
        WHERE c.id = t.${kind} AND t.created_at <= c.not_before)`);
    }
  }
  return conditions.join(' AND ');
}

/**
 * What is meant, as conditions on a row `t` of tokens. A cut-off covers sessions as well, which are not counted.
 * @param inForce what CUT_OFFS_IN_FORCE finds in its business
 */
export function conditionsOf(
  matched: Matched,
  inForce: readonly CutOffInForce[],
  parameter: Parameter,
  isCounted = `t.kind = 'api'`,
): string {
  const { businessId } = matched;
  const conditions = [isCounted, isNotRevoked(inForce, parameter)];
  if (matched.kind === 'cut_off') {
    const { shape, subject, issuedBefore } = matched;
    if (businessId !== null) conditions.push(`t.business_id = ${parameter(businessId)}::uuid`);
    if (shape === 'owner') conditions.push(`t.member_id = ${parameter(subject)}::uuid`);
    if (shape === 'identity') conditions.push(`t.identity_id = ${parameter(subject)}::uuid`);
    if (shape === 'pepper') conditions.push(`t.pepper_id = ${parameter(subject.slice('pepper:'.length))}`);
    if (issuedBefore !== null) conditions.push(`t.created_at <= ${parameter(issuedBefore)}::timestamptz`);
  } else {
    const { status, ...rest } = matched.selector;
    const selection = { ...matched, selector: rest, includeRevoked: true, sort: null };
    conditions.push(...indexedConditions(selection, parameter), ...filteringConditions(selection, parameter));
    if (status !== undefined) conditions.push(status === 'active' ? `NOT ${IS_EXPIRED}` : IS_EXPIRED);
  }
  return conditions.join(' AND ');
}

/** Whether the row `t` belongs to somebody of no higher role than an admin. */
export const isBelowOwners = (t: string): string =>
  `CASE WHEN ${t}.member_id IN (SELECT id FROM members WHERE role = 'owner') OR ${t}.identity_id IN (SELECT id FROM identities WHERE role = 'owner')
    OR (${t}.owner_kind = 'platform' AND 'rescind:business:admin' = ANY (${t}.scopes)) THEN false ELSE true END`;

const LAST_USE = `CASE WHEN t.last_used_at IS NULL THEN 'never' WHEN t.last_used_at > now() - interval '1 hour' THEN 'hour'
    WHEN t.last_used_at > now() - interval '1 day' THEN 'day' WHEN t.last_used_at > now() - interval '7 days' THEN 'week' ELSE 'earlier' END`;

const owners = (touchable: string): string => `(SELECT json_agg(o) FROM (
    SELECT s.kind, s.id, coalesce(m.email, i.name, 'platform') AS name, s.tokens FROM (
      SELECT owner_kind AS kind, coalesce(member_id, identity_id) AS id, sum(tokens)::int AS tokens FROM judged WHERE ${touchable}
      GROUP BY 1, 2 ORDER BY 3 DESC, 2 LIMIT ${TOLD_APART}) s
    LEFT JOIN members m ON m.id = s.id LEFT JOIN identities i ON i.id = s.id ORDER BY s.tokens DESC, s.id) o)`;

/**
 * Counts what is meant, in one pass over its rows: by owner, scope and time of last use, with a hash of the set under two seeds, and apart from
 * that what belongs to owners, unless those may be touched as well. Rows are told apart by owner, scopes and last use; all
 * else is made of those groups, of which there are few.
 */
export function survey(
  matched: Matched,
  inForce: readonly CutOffInForce[],
  mayTouchOwners: boolean,
  [one, other]: readonly [bigint, bigint],
  parameter: Parameter,
): string {
  const hash = (seed: bigint): string =>
    `bit_xor(uuid_hash_extended(t.id, ${parameter(String(seed))}::bigint))`;
  return `
WITH grouped AS MATERIALIZED (
  SELECT t.business_id, t.owner_kind, t.member_id, t.identity_id, t.scopes, ${LAST_USE} AS last_use, count(*) AS tokens,
    ${hash(one)} AS x, ${hash(other)} AS y, min(t.jti COLLATE "C") AS jti
  FROM tokens t WHERE ${conditionsOf(matched, inForce, parameter)} GROUP BY 1, 2, 3, 4, 5, 6
), judged AS MATERIALIZED (
  SELECT g.*, ${mayTouchOwners ? 'true' : isBelowOwners('g')} AS touchable FROM grouped g
)
SELECT (SELECT coalesce(sum(tokens), 0)::int FROM judged WHERE touchable) AS tokens,
  (SELECT coalesce(sum(tokens), 0)::int FROM judged WHERE NOT touchable) AS untouchable,
  (SELECT coalesce(bit_xor(x), 0)::text FROM judged WHERE touchable) AS x,
  (SELECT coalesce(bit_xor(y), 0)::text FROM judged WHERE touchable) AS y,
  ${owners('touchable')} AS owners,
  ${owners('NOT touchable')} AS "untouchableOwners",
  (SELECT count(*)::int FROM (SELECT DISTINCT owner_kind, member_id, identity_id, business_id FROM judged WHERE touchable) o) AS "ownerCount",
  (SELECT json_agg(b) FROM (SELECT business_id AS id, sum(tokens)::int AS tokens FROM judged GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${TOLD_APART}) b) AS businesses,
  (SELECT json_agg(s) FROM (SELECT scope, sum(tokens)::int AS tokens FROM judged CROSS JOIN unnest(scopes) AS scope WHERE touchable
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${TOLD_APART}) s) AS scopes,
  (SELECT json_object_agg(last_use, tokens) FROM (SELECT last_use, sum(tokens)::int AS tokens FROM judged WHERE touchable GROUP BY 1) l) AS "lastUse",
  ARRAY (SELECT jti FROM judged WHERE touchable ORDER BY tokens DESC, jti LIMIT ${SAMPLE}) AS sample`;
}

/** Looking at the usage of more tokens would take longer than a second. */
export const USED_TOKENS_MAX = 50_000;

/**
 * The verdicts "active" on what is meant in this hour and the 23 before, as far as they were recorded, with how many tokens that were used
 * in the last day were looked at: one more than USED_TOKENS_MAX, if they are more. By token_usage_pkey.
 */
export function verdictsOfLastDay(
  matched: Matched,
  inForce: readonly CutOffInForce[],
  mayTouchOwners: boolean,
  parameter: Parameter,
): string {
  return `
SELECT count(*)::int AS tokens, coalesce(sum(u.active), 0)::float8 AS verdicts FROM (
    SELECT t.id FROM tokens t WHERE t.last_used_at > now() - interval '1 day' AND t.last_used_hour >= date_trunc('hour', now() - interval '1 day') AND ${conditionsOf(matched, inForce, parameter)}
      AND ${mayTouchOwners ? 'true' : isBelowOwners('t')} LIMIT ${USED_TOKENS_MAX + 1}) s
  CROSS JOIN LATERAL (SELECT sum(active) AS active FROM token_usage WHERE token_id = s.id AND hour > now() - interval '1 day') u`;
}

/** What `survey` answers. */
export interface SurveyRow {
  tokens: number;
  untouchable: number;
  x: string;
  y: string;
  owners: OwnerCount[] | null;
  untouchableOwners: OwnerCount[] | null;
  ownerCount: number;
  businesses: { id: string | null; tokens: number }[] | null;
  scopes: { scope: string; tokens: number }[] | null;
  lastUse: Partial<Record<LastUse, number>> | null;
  /** Public ids: one of each of the largest groups. */
  sample: string[];
}

export const LAST_USES = ['hour', 'day', 'week', 'earlier', 'never'] as const;
export type LastUse = (typeof LAST_USES)[number];

export interface OwnerCount {
  kind: 'user' | 'identity' | 'platform';
  id: string | null;
  /** E-mail of a user, name of an identity. */
  name: string;
  tokens: number;
}
