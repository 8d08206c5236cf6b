import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { queryPrepared, queryPreparedIn } from '../../database/prepared.js';
import { EVERY_BUSINESS, PLATFORM_ROWS } from '../../database/row-access.js';
import {
  FIND_MARKING,
  FIND_PEPPER,
  FINISH_MARKING,
  HOLD_MARKING,
  insertCutOff,
  MOVE_ON,
  NEXT_LOG,
  walkTokens,
  type CutOffSelector,
  type CutOffShape,
  type MarkingRow,
} from './cut-off.sql.js';
import type { Walked } from './marking-window.js';

interface NewCutOff {
  id: string;
  /** The nil UUID for the platform. */
  businessId: string;
  shape: CutOffShape;
  subject: string;
  selector: CutOffSelector;
  /** null: up to now. */
  notBefore: Date | null;
  revokedBy: string;
  reason: string | null;
  /** Whether one person made it although two are required. */
  breakGlass: boolean;
}

/** Rows of revocations, and the tokens that they cover. */
@Injectable()
export class CutOffsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Cuts off. @returns up to when; null: the requested moment is in the future, and nothing was changed */
  async insert(cutOff: NewCutOff, manager: EntityManager): Promise<Date | null> {
    const { id, businessId, shape, subject, selector, notBefore, revokedBy, reason, breakGlass } = cutOff;
    const values = [
      id,
      businessId,
      subject,
      JSON.stringify(selector),
      notBefore,
      revokedBy,
      reason,
      breakGlass,
    ];
    const [row] = await queryPreparedIn<{ notBefore: Date }>(manager, insertCutOff(shape), values);
    return row?.notBefore ?? null;
  }

  async isPepper(id: string, manager: EntityManager): Promise<boolean> {
    return (await queryPreparedIn(manager, FIND_PEPPER, [id])).length > 0;
  }

  /** Some whose marking is not finished, oldest first. @param last null: from the first on */
  findMarking(last: MarkingRow | null): Promise<MarkingRow[]> {
    return queryPrepared<MarkingRow>(this.dataSource, FIND_MARKING, [last?.number ?? 0]);
  }

  /** Limits how long the rest of the transaction waits for a lock. */
  async waitNoLonger(thanMs: number, manager: EntityManager): Promise<void> {
    await manager.query(`SET LOCAL lock_timeout = ${thanMs}`);
  }

  /** Locks it against other processes until the transaction ends; null: there is nothing left to mark. */
  async holdMarking(id: string, manager: EntityManager): Promise<MarkingRow | null> {
    const [row] = await queryPreparedIn<MarkingRow>(manager, HOLD_MARKING, [id]);
    return row ?? null;
  }

  /** The next tokens of one log that a cut-off covers. @param businessId null: the platform's own */
  async walk(
    { shape, subject, notBefore, log, createdAt, tokenId }: MarkingRow,
    businessId: string | null,
    count: number,
    manager: EntityManager,
  ): Promise<Walked> {
    const logId = businessId ?? PLATFORM_ROWS;
    const after = log === logId ? [createdAt, tokenId] : [null, null];
    const values = [logId, subject, notBefore, ...after, count];
    const [row] = await queryPreparedIn<{ ids: string | null; count: number; id: string; createdAt: Date }>(
      manager,
      walkTokens(shape, businessId === null),
      values,
    );
    if (row === undefined) return { ids: [], count: 0, last: null };
    const { id, createdAt: lastCreatedAt } = row;
    return { ids: row.ids?.split(',') ?? [], count: row.count, last: { id, createdAt: lastCreatedAt } };
  }

  /** @param marked how many tokens more are marked: whoever asks how far it is does not count a million rows */
  async moveOn(
    id: string,
    log: string | null,
    token: { id: string; createdAt: Date } | null,
    marked: number,
    manager: EntityManager,
  ): Promise<void> {
    await queryPreparedIn(manager, MOVE_ON, [id, log, token?.createdAt ?? null, token?.id ?? null, marked]);
  }

  /** The business whose log a cut-off of all of them marks next; null: there is none. */
  async nextLog(after: string): Promise<string | null> {
    const statement = { ...NEXT_LOG, rowAccess: EVERY_BUSINESS };
    const [row] = await queryPrepared<{ id: string }>(this.dataSource, statement, [after]);
    return row?.id ?? null;
  }

  /** @returns how many tokens it revoked */
  async finish(id: string, manager: EntityManager): Promise<number> {
    const [row] = await queryPreparedIn<{ tokensRevoked: number }>(manager, FINISH_MARKING, [id]);
    return row?.tokensRevoked ?? 0;
  }
}
