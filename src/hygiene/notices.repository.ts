import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NIL as NIL_UUID } from 'uuid';
import { poolOf, type Prepared, queryPreparedIn, queryPreparedOn } from '../database/prepared.js';
import { EVERY_BUSINESS } from '../database/row-access.js';
import { OWNER_LABEL } from '../token-rows/token-rows.sql.js';
import { hourOf } from '../token-rows/selection/selector.sql.js';
import { isCutOff } from '../verification/cut-off.sql.js';

/** What the log is told of a token once: it ends soon, nobody uses it, it is old. */
export type Notice = 'expiring' | 'unused' | 'rotation_due';

/** How many days before the end of a token it is told. */
const NOTICE_DAYS = [30, 7, 1] as const;

/** A walk over the tokens of one business, in the order of an index. */
export type Walk = 'expiring' | 'used_before' | 'never_used' | 'old';

/** Days of 24 hours, whatever the time zone of the session. */
const days = (count: string | number): string => `make_interval(hours => 24 * (${count}))`;

/** Good now, and not on its way out, unless it was cut off. */
const IS_GOOD = `t.kind = 'api' AND t.revoked_at IS NULL AND t.replaced_by IS NULL AND coalesce(t.expires_at > now(), true)`;
/** Asked of few, behind all else: it takes five looks. */
const IS_NOT_CUT_OFF = `NOT ${isCutOff('t')}`;

/** How many days before the end it is: of 30, 7 and 1 the least that is not over yet. */
const DAYS_LEFT = `(CASE ${[...NOTICE_DAYS]
  .reverse()
  .map((count) => `WHEN t.expires_at <= now() + ${days(count)} THEN ${count}`)
  .join(' ')} END)`;

const UNUSED_SINCE = 'coalesce(t.last_used_at, t.created_at)';

/** Whether it has been told of the row `t`, and of that notice `n` something `also` holds. By token_notices_pkey. */
const told = (notice: Notice, about: string, also = 'true'): string => `EXISTS (SELECT FROM token_notices n
    WHERE n.business_id = t.business_id AND n.token_id = t.id AND n.notice = '${notice}' AND n.about = ${about} AND ${also})`;

interface NoticeSql {
  /** What it is about, and how many days before or after that. */
  about: string;
  days: string;
  /** Whether it is to be told of the row `t` of the business `b`. */
  isDue: string;
}

/**
 * Of an end it is told before the latest of the days that have passed, and only if the token had more than those to live when it got that end. What a
 * suspended business does not use is not unused.
 */
const NOTICES: Record<Notice, NoticeSql> = {
  expiring: {
    about: 't.expires_at',
    days: DAYS_LEFT,
    isDue: `${IS_GOOD} AND ${days(DAYS_LEFT)} < t.expires_at - coalesce(t.last_renewed_at, t.created_at)
  AND NOT ${told('expiring', 't.expires_at', `n.days <= ${DAYS_LEFT}`)} AND ${IS_NOT_CUT_OFF}`,
  },
  unused: {
    about: UNUSED_SINCE,
    days: 'b.token_unused_days_max',
    isDue: `${IS_GOOD} AND b.status = 'active'
  AND ${UNUSED_SINCE} <= now() - ${days('b.token_unused_days_max - b.token_unused_notice_days')} AND NOT ${told('unused', UNUSED_SINCE)}
  AND ${IS_NOT_CUT_OFF}`,
  },
  rotation_due: {
    about: 't.created_at',
    days: 'b.token_rotation_days',
    isDue: `${IS_GOOD} AND t.created_at <= now() - ${days('b.token_rotation_days')} AND NOT ${told('rotation_due', 't.created_at')}
  AND ${IS_NOT_CUT_OFF}`,
  },
};

/** Warned of for as long as the policy says, and since the business was changed last. */
const IS_ENDED = `${IS_GOOD} AND b.status = 'active' AND ${UNUSED_SINCE} <= now() - ${days('b.token_unused_days_max')}
  AND ${told('unused', UNUSED_SINCE, `greatest(n.told_at, b.updated_at) <= now() - ${days('b.token_unused_notice_days')}`)}
  AND ${IS_NOT_CUT_OFF}`;

/** Of the policy of business $1. */
const ofPolicy = (value: string): string => `(SELECT now() - ${days(value)} FROM businesses WHERE id = $1)`;
const WARNED_BEFORE = ofPolicy('token_unused_days_max - token_unused_notice_days');

interface WalkSql {
  index: string;
  /** Which rows of the index, in the order of `column` and the id. */
  range: string;
  column: string;
  /** Where `column` is null there is no position but the id. */
  isNull?: true;
  isDue: string;
}

const WALKS: Record<Walk, WalkSql> = {
  expiring: {
    index: 'tokens_expires_at_idx',
    range: `t.expires_at > now() AND t.expires_at <= now() + ${days(NOTICE_DAYS[0])}`,
    column: 't.expires_at',
    isDue: NOTICES.expiring.isDue,
  },
  used_before: {
    index: 'tokens_last_used_idx',
    range: `t.last_used_hour <= ${hourOf(WARNED_BEFORE)}`,
    column: 't.last_used_hour',
    isDue: `((${NOTICES.unused.isDue}) OR (${IS_ENDED}))`,
  },
  never_used: {
    index: 'tokens_last_used_idx',
    range: 't.last_used_hour IS NULL',
    column: 't.last_used_hour',
    isNull: true,
    isDue: `((${NOTICES.unused.isDue}) OR (${IS_ENDED}))`,
  },
  old: {
    index: 'tokens_created_at_idx',
    range: `t.created_at <= ${ofPolicy('token_rotation_days')}`,
    column: 't.created_at',
    isDue: NOTICES.rotation_due.isDue,
  },
};

/**
 * The next $2 tokens of business $1 that a walk comes to behind the position $3 with the id $4: those of which something is due, and the last one. Uses the
 * index of the walk, which `index` names for whoever reads the plan.
 */
export function walkStatement(walk: Walk): Prepared {
  const { range, column, isNull, isDue } = WALKS[walk];
  const position = isNull === true ? `'-infinity'::timestamptz` : column;
  const behind = isNull === true ? 't.id > $4' : `(${column}, t.id) > ($3, $4)`;
  const order = `${column}, t.id`;
  return {
    name: `hygiene_walk_${walk}`,
    text: `
WITH looked AS MATERIALIZED (
  SELECT t.*, count(*) OVER () AS looked_at, row_number() OVER (ORDER BY ${order}) AS number FROM (
    SELECT * FROM tokens t WHERE t.business_id = $1 AND t.kind = 'api' AND ${range} AND ${behind} AND $3::timestamptz IS NOT NULL
    ORDER BY ${order} LIMIT $2) t
), judged AS (
  SELECT t.id, ${position} AS position, t.number, t.looked_at, coalesce(${isDue}, false) AS due
  FROM looked t JOIN businesses b ON b.id = $1
)
SELECT id, position, due, looked_at::int AS looked_at FROM judged WHERE due OR number = looked_at ORDER BY number`,
  };
}

/** The index that a walk is made for. */
export const indexOf = (walk: Walk): string => WALKS[walk].index;

/** What a walk has come to. */
interface WalkedRow {
  id: string;
  position: Date | number;
  due: boolean;
  looked_at: number;
}

/** A token that was told of now. */
export interface ToldRow {
  id: string;
  name: string | null;
  owner: string;
  about: Date;
  days: number;
  last_used_at: Date | null;
  revoked_from: Date;
}

/** What may be told of the tokens of a business. */
export interface BusinessRow extends Record<Notice, boolean> {
  id: string;
}

/** A statement looks at so many tokens: some ten milliseconds of the database. */
const TOKENS_LOOKED_AT = 2000;
const BUSINESSES_A_PAGE = 500;

/** Where a walk goes on. */
interface WalkPosition {
  /** As PostgreSQL reads a time. */
  position: string;
  id: string;
}

export const START: WalkPosition = { position: '-infinity', id: NIL_UUID };

/** What is due of which tokens, and what has been told of them. */
@Injectable()
export class NoticesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The businesses behind one, a page of them, each with what there may be to tell of its tokens. By businesses_pkey, and a look into
   * tokens_expires_at_idx.
   */
  nextBusinesses(after: string): Promise<BusinessRow[]> {
    const statement = {
      name: 'hygiene_next_businesses',
      rowAccess: EVERY_BUSINESS,
      text: `
SELECT b.id, b.token_unused_days_max IS NOT NULL AND b.status = 'active' AS unused, b.token_rotation_days IS NOT NULL AS rotation_due,
  EXISTS (SELECT FROM tokens t WHERE t.business_id = b.id AND t.kind = 'api' AND t.expires_at > now() AND t.expires_at <= now() + ${days(NOTICE_DAYS[0])} OFFSET 0) AS expiring
FROM (SELECT * FROM businesses WHERE id > $1 ORDER BY id LIMIT $2) b ORDER BY b.id`,
    };
    return queryPreparedOn(poolOf(this.dataSource), statement, [after, BUSINESSES_A_PAGE]);
  }

  /** Some tokens further on a walk. @returns those of which something is due, and where it goes on; null: it has come to its end */
  async walk(
    businessId: string,
    walk: Walk,
    { position, id }: WalkPosition,
  ): Promise<{ due: string[]; next: WalkPosition | null }> {
    const statement = { ...walkStatement(walk), rowAccess: businessId };
    const values = [businessId, TOKENS_LOOKED_AT, position, id];
    const rows = await queryPreparedOn<WalkedRow>(poolOf(this.dataSource), statement, values);
    const last = rows.at(-1);
    return {
      due: rows.filter(({ due }) => due).map((row) => row.id),
      next: last === undefined || last.looked_at < TOKENS_LOOKED_AT ? null : positionOf(last),
    };
  }

  /**
   * Notes what is told of the tokens, of those alone of which it is due: whoever does the same at once waits, and finds nothing to tell.
   * By tokens_pkey. @returns those
   */
  tell(
    businessId: string,
    notice: Notice,
    tokenIds: readonly string[],
    manager: EntityManager,
  ): Promise<ToldRow[]> {
    const { about, days: count, isDue } = NOTICES[notice];
    const statement = {
      name: `hygiene_tell_${notice}`,
      text: `
WITH told AS (
  INSERT INTO token_notices (business_id, token_id, notice, about, days)
  SELECT t.business_id, t.id, '${notice}', ${about}, ${count}
  FROM tokens t JOIN businesses b ON b.id = t.business_id
  WHERE t.business_id IS NOT DISTINCT FROM $1 AND t.id = ANY (ARRAY(SELECT unnest($2::uuid[]))) AND ${isDue} ORDER BY t.id
  ON CONFLICT ON CONSTRAINT token_notices_pkey DO UPDATE SET about = excluded.about, days = excluded.days, told_at = excluded.told_at
  RETURNING token_id, about, days
)
SELECT r.id, r.name, ${OWNER_LABEL} AS owner, told.about, told.days, r.last_used_at,
  greatest(told.about + ${days('told.days')}, now() + ${days('b.token_unused_notice_days')}) AS revoked_from
FROM told JOIN tokens r ON r.id = told.token_id JOIN businesses b ON b.id = r.business_id ORDER BY told.about, r.id`,
    };
    return queryPreparedIn(manager, statement, [businessId, tokenIds]);
  }

  /**
   * Those of the tokens that the policy of the business ends now, held, and after how many days without a use; rows that somebody else
   * holds are left. By tokens_pkey.
   */
  holdEnded(
    businessId: string,
    tokenIds: readonly string[],
    manager: EntityManager,
  ): Promise<{ id: string; days: number }[]> {
    const statement = {
      name: 'hygiene_hold_ended',
      text: `
SELECT t.id, b.token_unused_days_max AS days FROM tokens t JOIN businesses b ON b.id = t.business_id
WHERE t.business_id IS NOT DISTINCT FROM $1 AND t.id = ANY (ARRAY(SELECT unnest($2::uuid[]))) AND ${IS_ENDED}
ORDER BY t.id FOR NO KEY UPDATE OF t SKIP LOCKED`,
    };
    return queryPreparedIn(manager, statement, [businessId, tokenIds]);
  }

  /**
   * Forgets what was told of tokens that are good no more: they never become so again (R3). By token_notices_pkey and tokens_pkey.
   */
  async forget(businessId: string): Promise<void> {
    const statement = {
      name: 'hygiene_forget',
      rowAccess: businessId,
      text: `
DELETE FROM token_notices n USING tokens t WHERE n.business_id = $1 AND t.id = n.token_id AND NOT (${IS_GOOD} AND ${IS_NOT_CUT_OFF})`,
    };
    await queryPreparedOn(poolOf(this.dataSource), statement, [businessId]);
  }
}

function positionOf({ position, id }: WalkedRow): WalkPosition {
  return { position: position instanceof Date ? position.toISOString() : START.position, id };
}
