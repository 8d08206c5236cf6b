import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { driverCodeOf } from '../../common/errors/driver-error.js';
import { refusal } from '../../common/errors/domain-error.js';
import { type Prepared, queryPreparedIn } from '../../database/prepared.js';
import { acrossBusinesses, inBusiness } from '../../database/row-access.js';
import { isCutOff } from '../../verification/cut-off.sql.js';

/**
 * So many tokens are looked at of those that expire within 30 days, of those that expire later, of those that never do, of
 * those that were issued, and of those that were revoked. Where there are more, a count is the least that there are.
 */
export const LOOKED_AT_MAX = 10_000;

/** Whose tokens are counted: all of a business, those of one owner in it, one token alone, or those of all businesses and of the platform. */
export type Reach = 'business' | 'member' | 'identity' | 'token' | 'all';
type OwnedReach = Exclude<Reach, 'business' | 'all'>;

/** The tokens that can be used: what `status=active` selects in lists, so no sessions. */
export interface StockRow {
  active: number;
  neverUsed: number;
  neverExpiring: number;
  within1: number;
  within7: number;
  within30: number;
  /** How many rows were looked at: that expire within 30 days, later, and never; of an owner, each time all. */
  soonRead: number;
  laterRead: number;
  endlessRead: number;
}

/** What happened to tokens since a moment. */
export interface ActivityRow {
  /** How many rows were looked at. */
  read: number;
  /** If not all were: from then on all were looked at; null: of no time. */
  allFrom: Date | null;
  last24h: number;
  /** By day (UTC); null: nothing happened. */
  days: Record<string, number> | null;
}

const COLUMNS =
  't.created_at, t.expires_at, t.grace_ends_at, t.revoked_at, t.last_used_at, t.business_id, t.member_id, t.identity_id, t.pepper_id, t.id';
const FIRST = `LIMIT ${LOOKED_AT_MAX + 1}`;

const SOON = `t.expires_at > now() AND t.expires_at <= now() + interval '30 days'`;
const LATER = `t.expires_at > now() + interval '30 days'`;
const ENDLESS = 't.expires_at IS NULL';

const OWNER: Record<OwnedReach, string> = { member: 'member_id', identity: 'identity_id', token: 'id' };

const isOwned = (reach: Reach): reach is OwnedReach => reach in OWNER;

/** The newest tokens of an owner, by tokens_member_idx, tokens_identity_idx or tokens_pkey. */
const newestOf = (reach: OwnedReach, businessId: string, ownerId: string): string =>
  `SELECT ${COLUMNS} FROM tokens t WHERE t.business_id = ${businessId}::uuid AND t.${OWNER[reach]} = ${ownerId}::uuid AND t.kind = 'api'
    ORDER BY t.created_at DESC, t.id DESC ${FIRST}`;

/** \`columns\` of the tokens in a range of tokens_expires_at_idx, or of those in it that an owner has. */
function inRange(reach: Reach, range: string, columns: string): string {
  const ofOne = (business: string): string =>
    `SELECT ${columns} FROM tokens t WHERE ${business} AND ${range} AND t.kind = 'api' ORDER BY t.expires_at, t.id ${FIRST}`;
  switch (reach) {
    case 'business':
      return ofOne('t.business_id = $1::uuid');
    case 'all':
      return `SELECT t.* FROM businesses b CROSS JOIN LATERAL (${ofOne('t.business_id = b.id')}) t
    UNION ALL (${ofOne('t.business_id IS NULL')}) ${FIRST}`;
    case 'member':
    case 'identity':
    case 'token':
      return `SELECT ${columns} FROM mine t WHERE ${range}`;
  }
}

/**
 * Not revoked and not cut off. The cut-offs of the platform and of business $1 are looked up once, and those of others for the
 * few tokens alone whose owner, business or pepper ever had one. By revocations_of_business_idx.
 */
function isNotRevoked(reach: Reach): string {
  const platform = '(SELECT not_before FROM platform_not_before WHERE only_row)';
  const [whole, those] =
    reach === 'all'
      ? [platform, '']
      : [
          `greatest(${platform}, (SELECT not_before FROM businesses WHERE id = $1::uuid))`,
          'business_id = $1::uuid AND ',
        ];
  const everCutOff = (column: string, shape: string): string =>
    `t.${column} IN (SELECT subject::uuid FROM revocations WHERE ${those}shape = '${shape}')`;
  const ofFew = [
    everCutOff('member_id', 'owner'),
    everCutOff('identity_id', 'identity'),
    ...(reach === 'all' ? [everCutOff('business_id', 'business')] : []),
    't.pepper_id IN (SELECT id FROM peppers WHERE not_before IS NOT NULL)',
  ];
  return `t.revoked_at IS NULL AND t.created_at > coalesce((SELECT ${whole}), '-infinity')
    AND CASE WHEN ${ofFew.join(' OR ')} THEN NOT ${isCutOff('t')} ELSE true END`;
}

/**
 * The tokens that can be used now, of business $1, and owner $2 in it, by tokens_expires_at_idx or the index of the owner: range by
 * range in one pass each, judging a row where it is read.
 */
export function stockOf(reach: Reach): Prepared {
  const isActive = `coalesce(t.grace_ends_at > now(), true) AND ${isNotRevoked(reach)}`;
  const columns = `t.expires_at, t.last_used_at IS NULL AS unused, ${isActive} AS active`;
  const rangeOf = (name: string, range: string): string => `${name} AS (
  SELECT count(*)::int AS read, (count(*) FILTER (WHERE active))::int AS active, (count(*) FILTER (WHERE active AND unused))::int AS unused,
    (count(*) FILTER (WHERE active AND expires_at <= now() + interval '1 day'))::int AS within1,
    (count(*) FILTER (WHERE active AND expires_at <= now() + interval '7 days'))::int AS within7
  FROM (${inRange(reach, range, columns)}) t)`;
  const mine = isOwned(reach) ? [`mine AS MATERIALIZED (${newestOf(reach, '$1', '$2')})`] : [];
  const read = (name: string): string =>
    isOwned(reach) ? '(SELECT count(*)::int FROM mine)' : `${name}.read`;
  return {
    name: `overview_stock_${reach}`,
    text: `
WITH ${[...mine, rangeOf('soon', SOON), rangeOf('later', LATER), rangeOf('endless', ENDLESS)].join(',\n')}
SELECT soon.active + later.active + endless.active AS active, soon.unused + later.unused + endless.unused AS "neverUsed",
  endless.active AS "neverExpiring", soon.within1, soon.within7, soon.active AS within30,
  ${read('soon')} AS "soonRead", ${read('later')} AS "laterRead", ${read('endless')} AS "endlessRead"
FROM soon, later, endless`,
  };
}

/** Counts the moments `at` of `walk` from $1 on by day, and from $2 on. */
function activity(name: string, walk: string, allFrom = '(SELECT min(at) FROM walk)'): Prepared {
  return {
    name: `overview_${name}`,
    text: `
WITH walk AS MATERIALIZED (${walk}),
recent AS (SELECT at FROM walk WHERE at >= $1::timestamptz)
SELECT (SELECT count(*)::int FROM walk) AS read, ${allFrom} AS "allFrom",
  (SELECT count(*)::int FROM recent WHERE at >= $2::timestamptz) AS "last24h",
  (SELECT json_object_agg(day, tokens) FROM (
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*)::int AS tokens FROM recent GROUP BY 1) d) AS days`,
  };
}

/**
 * The tokens that were issued since $1, the newest first: of business $3 by tokens_created_at_idx, of owner $4 in it by theirs, and
 * of all by tokens_pkey, because ids begin with their time: $3 is one from before.
 */
export function issuedOf(reach: Reach): Prepared {
  const name = `issued_${reach}`;
  if (isOwned(reach))
    return activity(name, `SELECT t.created_at AS at FROM (${newestOf(reach, '$3', '$4')}) t`);
  if (reach === 'all')
    return activity(
      name,
      `SELECT t.created_at AS at FROM tokens t WHERE t.id >= $3::uuid AND t.kind = 'api' ORDER BY t.id DESC ${FIRST}`,
    );
  return activity(
    name,
    `SELECT t.created_at AS at FROM tokens t WHERE t.business_id = $3::uuid AND t.created_at >= $1::timestamptz
    AND t.kind = 'api' ORDER BY t.created_at DESC, t.id DESC ${FIRST}`,
  );
}

/**
 * The tokens that were revoked since $1: of owner $4 in business $3 as their rows say; of others as the log says, the latest
 * first, because no index leads to such rows. By audit_events_action_idx and audit_events_platform_action_idx; months
 * before $1 are not opened.
 */
export function revokedOf(reach: Reach): Prepared {
  const name = `revoked_${reach}`;
  if (isOwned(reach)) {
    const walk = `SELECT t.revoked_at AS at FROM (${newestOf(reach, '$3', '$4')}) t`;
    return activity(name, walk, 'NULL::timestamptz');
  }
  const since = `e.action = 'token.revoked' AND e.occurred_at >= date_trunc('month', $1::timestamptz, 'UTC')`;
  const walk =
    reach === 'all'
      ? `WHERE ${since} ORDER BY e.occurred_at DESC, e.id DESC`
      : `WHERE e.business_id = $3::uuid AND ${since} ORDER BY e.sequence DESC`;
  return activity(
    name,
    // The end of a session is read, and not counted.
    `SELECT CASE WHEN e.details->>'is_session' IS NULL THEN e.occurred_at END AS at FROM audit_events e ${walk} ${FIRST}`,
  );
}

/** Longer than the statements take of any number of tokens, and short enough for a page that is opened often. */
const STATEMENT_MS_MAX = 2000;
/** PostgreSQL's query_canceled. */
const QUERY_CANCELED = '57014';
const DAY_MS = 24 * 60 * 60 * 1000;

/** Whose tokens are counted. */
export type Counted =
  | { reach: 'all' }
  | { reach: 'business'; businessId: string }
  | { reach: Exclude<Reach, 'all' | 'business'>; businessId: string; ownerId: string };

export interface TokenCounts {
  stock: StockRow;
  issued: ActivityRow;
  revoked: ActivityRow;
}

/** Counts tokens by state. Each statement looks at a bounded number of rows. */
@Injectable()
export class OverviewRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * @param since what was issued and revoked from then on is counted by day
   * @param nowMs its last 24 hours are counted as well
   * @throws DomainError `service.unavailable` when the database takes too long
   */
  async count(counted: Counted, since: Date, nowMs: number): Promise<TokenCounts> {
    const reach = counted.reach;
    const subject = subjectOf(counted);
    const times = [since, new Date(nowMs - DAY_MS)];
    const read = async (manager: EntityManager): Promise<TokenCounts> => {
      const one = async <Row>(statement: Prepared, values: unknown[]): Promise<Row> =>
        (await queryPreparedIn<Row>(manager, statement, values))[0] as Row;
      const issuedBy = reach === 'all' ? [firstIdAfter(since.getTime() - DAY_MS)] : subject;
      return {
        stock: await one<StockRow>(stockOf(reach), subject),
        issued: await one<ActivityRow>(issuedOf(reach), [...times, ...issuedBy]),
        revoked: await one<ActivityRow>(revokedOf(reach), [...times, ...subject]),
      };
    };
    try {
      return await this.inBoundedTransaction(counted, read);
    } catch (error) {
      if (driverCodeOf(error) !== QUERY_CANCELED) throw error;
      throw refusal('service.unavailable', { cause: error, retryAfterSeconds: 10 });
    }
  }

  private inBoundedTransaction<Result>(
    counted: Counted,
    read: (manager: EntityManager) => Promise<Result>,
  ): Promise<Result> {
    const work = (session: EntityManager): Promise<Result> =>
      session.transaction(async (manager) => {
        await manager.query(`SET LOCAL statement_timeout = ${STATEMENT_MS_MAX}`);
        return read(manager);
      });
    return counted.reach === 'all'
      ? acrossBusinesses(this.dataSource, work)
      : inBusiness(this.dataSource, counted.businessId, work);
  }
}

function subjectOf(counted: Counted): string[] {
  if (counted.reach === 'all') return [];
  return 'ownerId' in counted ? [counted.businessId, counted.ownerId] : [counted.businessId];
}

/** The first UUIDv7 of a millisecond (RFC 9562 §5.7). */
function firstIdAfter(ms: number): string {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}
