import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { queryPreparedOn, sessionOf, type Session } from '../../database/prepared.js';
import {
  OWNERS_OF_TOKENS,
  TOKEN_COLUMNS,
  tokenFrom,
  type TokenRow,
} from '../../token-rows/token-rows.sql.js';
import type { Token } from '../../token-rows/token.entity.js';
import {
  conditionsOf,
  CUT_OFFS_IN_FORCE,
  survey,
  USED_TOKENS_MAX,
  verdictsOfLastDay,
  type CutOffInForce,
  type Matched,
  type SurveyRow,
} from './survey.sql.js';

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
   * One pass over what is meant, in a transaction. It is planned for its values each time, and groups by hash: a million rows
   * are otherwise sorted on disk, which takes four times as long.
   * @param seen the fingerprint that this one is to be compared with; null: none
   */
  async survey(
    matched: Matched,
    mayTouchOwners: boolean,
    seen: Buffer | null,
    manager: EntityManager,
  ): Promise<Survey> {
    const session = await sessionOf(manager);
    const inForce = await cutOffsInForce(matched, session);
    const values: unknown[] = [];
    const seeds = seen?.subarray(0, SEEDS_BYTES) ?? randomBytes(SEEDS_BYTES);
    const bySeeds = [seeds.readBigInt64BE(0), seeds.readBigInt64BE(8)] as const;
    const text = survey(matched, inForce, mayTouchOwners, bySeeds, (value) => `$${values.push(value)}`);
    const [before] = await queryPreparedOn<PlannerRow>(session, SET_PLANNER, ['off', '64MB']);
    const [row] = await queryPreparedOn<SurveyRow>(session, { name: '', text }, values);
    await queryPreparedOn(session, SET_PLANNER, [before?.sort, before?.memory]);
    if (row === undefined) throw new Error('nothing was counted');
    const hash = Buffer.alloc(16);
    hash.writeBigInt64BE(BigInt(row.x), 0);
    hash.writeBigInt64BE(BigInt(row.y), 8);
    return { ...row, fingerprint: Buffer.concat([seeds, hash]) };
  }

  /** How many verdicts of the last 24 hours, by whole hours, would have been refused; null: too many tokens were used to say so. */
  async verdictsOfLastDay(
    matched: Matched,
    mayTouchOwners: boolean,
    manager: EntityManager,
  ): Promise<number | null> {
    const session = await sessionOf(manager);
    const inForce = await cutOffsInForce(matched, session);
    const values: unknown[] = [];
    const text = verdictsOfLastDay(matched, inForce, mayTouchOwners, (value) => `$${values.push(value)}`);
    const [row] = await queryPreparedOn<{ tokens: number; verdicts: number }>(
      session,
      { name: '', text },
      values,
    );
    return row === undefined || row.tokens > USED_TOKENS_MAX ? null : row.verdicts;
  }

  /** Whether one of these is meant, which may be sessions. */
  async includes(matched: Matched, tokenIds: readonly string[], manager: EntityManager): Promise<boolean> {
    const session = await sessionOf(manager);
    const inForce = await cutOffsInForce(matched, session);
    const values: unknown[] = [tokenIds];
    const conditions = conditionsOf(matched, inForce, (value) => `$${values.push(value)}`, 'true');
    const text = `SELECT FROM tokens t WHERE t.id = ANY ($1::uuid[]) AND ${conditions}`;
    return (await queryPreparedOn(session, { name: '', text }, values)).length > 0;
  }

  async sample(publicIds: readonly string[], manager: EntityManager): Promise<Token[]> {
    if (publicIds.length === 0) return [];
    const statement = { name: 'revocation_sample', text: SAMPLE };
    const rows = await queryPreparedOn<TokenRow>(await sessionOf(manager), statement, [publicIds]);
    return rows.map(tokenFrom);
  }
}

/** In the business of what is meant. One that is made meanwhile is not among them, unless the log of the business is locked. */
export function cutOffsInForce({ businessId }: Matched, session: Session): Promise<CutOffInForce[]> {
  return queryPreparedOn<CutOffInForce>(session, CUT_OFFS_IN_FORCE, [businessId]);
}
