import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { CursorPosition, PageDirection } from '../../common/page.js';
import { queryPreparedIn, type Prepared } from '../../database/prepared.js';
import { acrossBusinesses, inBusiness, PLATFORM_ROWS } from '../../database/row-access.js';
import { tokenFrom, type TokenRow } from '../../token-rows/token-rows.sql.js';
import type { Token } from '../../token-rows/token.entity.js';
import {
  FIND_RECORD,
  FIND_RECORD_EVENT,
  recordPage,
  tokensOfRecord,
  type Approval,
  type RevocationRecord,
} from './revocation-records.sql.js';

/** A page of a list that is read on from a position. */
interface PageQuery {
  limit: number;
  direction: PageDirection;
  after: CursorPosition | null;
}

type Timeless<Value> = { [Name in keyof Value]: Value[Name] extends Date ? string : Value[Name] };
type RecordRow = Omit<RevocationRecord, 'approval'> & { approval: Timeless<Approval> | null };

/** Revocations of many tokens of a business (null: of the platform), cut-offs and others. */
@Injectable()
export class RevocationRecordsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @param manager undefined: on any session */
  async find(
    businessId: string | null,
    id: string,
    manager?: EntityManager,
  ): Promise<RevocationRecord | null> {
    const [row] = await this.read<RecordRow>(
      businessId,
      FIND_RECORD,
      [businessId ?? PLATFORM_ROWS, id],
      manager,
    );
    return row === undefined ? null : recordFrom(row);
  }

  /** Where it stands in the log; null: nothing is revoked yet, or retention has dropped that. */
  async sequenceOf(businessId: string | null, id: string, manager?: EntityManager): Promise<number | null> {
    const values = [businessId ?? PLATFORM_ROWS, id];
    const [row] = await this.read<{ sequence: string }>(businessId, FIND_RECORD_EVENT, values, manager);
    return row === undefined ? null : Number(row.sequence);
  }

  /** Newest first. One more than the limit when there are more. @param subject null: of all */
  async page(
    businessId: string | null,
    subject: string | null,
    { limit, direction, after }: PageQuery,
  ): Promise<RevocationRecord[]> {
    const values = [businessId ?? PLATFORM_ROWS, limit + 1, subject, after?.value ?? null, after?.id ?? null];
    const statement = recordPage(direction === 'next' ? 'DESC' : 'ASC');
    return (await this.read<RecordRow>(businessId, statement, values)).map(recordFrom);
  }

  /** The tokens that it has marked, oldest first. One more than the limit when there are more. */
  async tokens(
    businessId: string | null,
    { id, kind }: Pick<RevocationRecord, 'id' | 'kind'>,
    { limit, direction, after }: PageQuery,
  ): Promise<Token[]> {
    const statement = tokensOfRecord(kind, direction === 'next' ? 'ASC' : 'DESC');
    const values = [id, businessId, limit + 1, after?.value ?? null, after?.id ?? null];
    return (await this.read<TokenRow>(businessId, statement, values)).map(tokenFrom);
  }

  private read<Row>(
    businessId: string | null,
    statement: Prepared,
    values: unknown[],
    given?: EntityManager,
  ): Promise<Row[]> {
    const run = (manager: EntityManager): Promise<Row[]> => queryPreparedIn<Row>(manager, statement, values);
    if (given !== undefined) return run(given);
    return businessId === null
      ? acrossBusinesses(this.dataSource, run)
      : inBusiness(this.dataSource, businessId, run);
  }
}

/** JSON has no times. */
function recordFrom({ approval, ...row }: RecordRow): RevocationRecord {
  if (approval === null) return { ...row, approval };
  const { expiresAt, askedAt, approvedAt, declinedAt } = approval;
  return {
    ...row,
    approval: {
      ...approval,
      expiresAt: new Date(expiresAt),
      askedAt: new Date(askedAt),
      approvedAt: approvedAt === null ? null : new Date(approvedAt),
      declinedAt: declinedAt === null ? null : new Date(declinedAt),
    },
  };
}
