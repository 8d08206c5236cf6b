import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { queryPreparedOn, type Session, sessionOf } from '../../database/prepared.js';
import {
  OWNERS_OF_TOKENS,
  TOKEN_COLUMNS,
  tokenFrom,
  type TokenRow,
} from '../../token-rows/token-rows.sql.js';
import type { Token } from '../../token-rows/token.entity.js';
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
const SAMPLED = 10;

/** A cut-off that is in force: of what, and from when on tokens are good. */
interface CutOffInForce {
  kind: 'platform' | 'business_id' | 'member_id' | 'identity_id' | 'pepper_id';
  /** null: the platform. */
  id: string | null;
  notBefore: Date;
}

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
 * @param inForce what cutOffsInForce finds in its business
 */
function conditionsOf(
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

/** Looking at the usage of more tokens would take longer than a second. */
const USED_TOKENS_MAX = 50_000;

/** What is counted: rows are told apart by owner, scopes and last use, and all else is made of those groups, of which there are few. */
interface SurveyRow {
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

/** What a revocation would do, or is about to do. */
export interface Survey extends SurveyRow {
  /**
   * Of the set of those that may be touched: two seeds that nobody is told, and its hash under them. Two sets of as many tokens have the
   * same with a chance of 2^-128, and nobody can look for such without the seeds.
   */
  fingerprint: Buffer;
}

const SEEDS_BYTES = 16;

/** The public ids are of tokens that the caller may see. Uses the unique index of jti. */
const SAMPLE = `SELECT ${TOKEN_COLUMNS} FROM (SELECT * FROM tokens WHERE jti = ANY ($1::varchar[])) t ${OWNERS_OF_TOKENS}
  ORDER BY t.created_at DESC, t.id DESC`;

/** For the rest of the transaction. @returns what held before */
const SET_PLANNER = {
  name: 'revocation_survey_planner',
  text: `WITH before AS MATERIALIZED (SELECT current_setting('enable_sort') AS sort, current_setting('work_mem') AS memory)
SELECT before.*, set_config('enable_sort', $1, true), set_config('work_mem', $2, true) FROM before`,
};

interface PlannerRow {
  sort: string;
  memory: string;
}

/** Which tokens a revocation means, as numbers. */
@Injectable()
export class SurveysRepository {
  /**
   * Counts what is meant, in one pass over its rows, in a transaction: by owner, scope and time of last use, with a hash of the set
   * under two seeds, and apart from that what belongs to owners, unless those may be touched as well. It is planned for its values
   * each time, and groups by hash: a million rows are otherwise sorted on disk, which takes four times as long.
   * @param seen the fingerprint that this one is to be compared with; null: none
   */
  async survey(
    matched: Matched,
    mayTouchOwners: boolean,
    seen: Buffer | null,
    manager: EntityManager,
  ): Promise<Survey> {
    const session = await sessionOf(manager);
    const seeds = seen?.subarray(0, SEEDS_BYTES) ?? randomBytes(SEEDS_BYTES);
    const [before] = await queryPreparedOn<PlannerRow>(session, SET_PLANNER, ['off', '64MB']);
    const [row] = await queryMeant<SurveyRow>(matched, session, (meant, parameter) => {
      const hash = (seed: bigint): string =>
        `bit_xor(uuid_hash_extended(t.id, ${parameter(String(seed))}::bigint))`;
      return `
WITH grouped AS MATERIALIZED (
  SELECT t.business_id, t.owner_kind, t.member_id, t.identity_id, t.scopes, ${LAST_USE} AS last_use, count(*) AS tokens,
    ${hash(seeds.readBigInt64BE(0))} AS x, ${hash(seeds.readBigInt64BE(8))} AS y, min(t.jti COLLATE "C") AS jti
  FROM tokens t WHERE ${meant()} GROUP BY 1, 2, 3, 4, 5, 6
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
  ARRAY (SELECT jti FROM judged WHERE touchable ORDER BY tokens DESC, jti LIMIT ${SAMPLED}) AS sample`;
    });
    await queryPreparedOn(session, SET_PLANNER, [before?.sort, before?.memory]);
    if (row === undefined) throw new Error('nothing was counted');
    const hash = Buffer.alloc(16);
    hash.writeBigInt64BE(BigInt(row.x), 0);
    hash.writeBigInt64BE(BigInt(row.y), 8);
    return { ...row, fingerprint: Buffer.concat([seeds, hash]) };
  }

  /**
   * How many verdicts "active" on what is meant there were in this hour and the 23 before, as far as they were recorded; null: too
   * many tokens were used to say so. By token_usage_pkey.
   */
  async verdictsOfLastDay(
    matched: Matched,
    mayTouchOwners: boolean,
    manager: EntityManager,
  ): Promise<number | null> {
    const [row] = await queryMeant<{ tokens: number; verdicts: number }>(
      matched,
      await sessionOf(manager),
      (meant) => `
SELECT count(*)::int AS tokens, coalesce(sum(u.active), 0)::float8 AS verdicts FROM (
    SELECT t.id FROM tokens t WHERE t.last_used_at > now() - interval '1 day' AND t.last_used_hour >= date_trunc('hour', now() - interval '1 day') AND ${meant()}
      AND ${mayTouchOwners ? 'true' : isBelowOwners('t')} LIMIT ${USED_TOKENS_MAX + 1}) s
  CROSS JOIN LATERAL (SELECT sum(active) AS active FROM token_usage WHERE token_id = s.id AND hour > now() - interval '1 day') u`,
    );
    return row === undefined || row.tokens > USED_TOKENS_MAX ? null : row.verdicts;
  }

  /** Whether one of these is meant, which may be sessions. */
  async includes(matched: Matched, tokenIds: readonly string[], manager: EntityManager): Promise<boolean> {
    const found = await queryMeant(
      matched,
      await sessionOf(manager),
      (meant, parameter) =>
        `SELECT FROM tokens t WHERE t.id = ANY (${parameter(tokenIds)}::uuid[]) AND ${meant('true')}`,
    );
    return found.length > 0;
  }

  async sample(publicIds: readonly string[], manager: EntityManager): Promise<Token[]> {
    if (publicIds.length === 0) return [];
    const statement = { name: 'revocation_sample', text: SAMPLE };
    const rows = await queryPreparedOn<TokenRow>(await sessionOf(manager), statement, [publicIds]);
    return rows.map(tokenFrom);
  }
}

/** Runs a statement that is planned for its values. @param textOf given the conditions of what is meant */
export async function queryMeant<Row>(
  matched: Matched,
  session: Session,
  textOf: (meant: (isCounted?: string) => string, parameter: Parameter) => string,
): Promise<Row[]> {
  const inForce = await cutOffsInForce(matched, session);
  const values: unknown[] = [];
  const parameter: Parameter = (value) => `$${values.push(value)}`;
  const text = textOf((isCounted) => conditionsOf(matched, inForce, parameter, isCounted), parameter);
  return queryPreparedOn<Row>(session, { name: '', text }, values);
}

/** In the business of what is meant. One that is made meanwhile is not among them, unless the log of the business is locked. */
function cutOffsInForce({ businessId }: Matched, session: Session): Promise<CutOffInForce[]> {
  const text = `
SELECT 'platform' AS kind, NULL AS id, not_before AS "notBefore" FROM platform_not_before WHERE not_before IS NOT NULL
UNION ALL SELECT 'business_id', id::text, not_before FROM businesses WHERE not_before IS NOT NULL AND ($1::uuid IS NULL OR id = $1)
UNION ALL SELECT 'member_id', id::text, not_before FROM members WHERE not_before IS NOT NULL AND ($1::uuid IS NULL OR business_id = $1)
UNION ALL SELECT 'identity_id', id::text, not_before FROM identities WHERE not_before IS NOT NULL AND ($1::uuid IS NULL OR business_id = $1)
UNION ALL SELECT 'pepper_id', id, not_before FROM peppers WHERE not_before IS NOT NULL`;
  return queryPreparedOn<CutOffInForce>(session, { name: 'revocation_cut_offs_in_force', text }, [
    businessId,
  ]);
}
