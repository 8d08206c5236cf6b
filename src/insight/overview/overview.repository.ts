import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { driverCodeOf } from '../../common/errors/driver-error.js';
import { refusal } from '../../common/errors/domain-error.js';
import { queryPreparedIn, type Prepared } from '../../database/prepared.js';
import { acrossBusinesses, inBusiness } from '../../database/row-access.js';
import { issuedOf, revokedOf, stockOf, type ActivityRow, type Reach, type StockRow } from './overview.sql.js';

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
