import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { acrossBusinesses, inBusiness } from '../../database/row-access.js';

interface OpenFault {
  logId: string;
  fault: string;
  /** '' for the log itself. */
  subject: string;
  foundAt: Date;
}

/** Rows of integrity_faults: what was found, until it is cleared. */
@Injectable()
export class OpenFaultsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** False: it is open already. */
  async open(logId: string, fault: string, subject: string, manager: EntityManager): Promise<boolean> {
    const rows = await manager.query<unknown[]>(
      'INSERT INTO integrity_faults (business_id, fault, subject) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id',
      [logId, fault, subject.slice(0, 255)],
    );
    return rows.length > 0;
  }

  /** The kinds of faults that are open, of each log. */
  kinds(): Promise<{ logId: string; fault: string }[]> {
    return acrossBusinesses(this.dataSource, (manager) =>
      manager.query<{ logId: string; fault: string }[]>(
        'SELECT DISTINCT business_id AS "logId", fault FROM integrity_faults WHERE cleared_at IS NULL',
      ),
    );
  }

  /** The oldest first, a thousand at most. */
  list(): Promise<OpenFault[]> {
    return acrossBusinesses(this.dataSource, (manager) =>
      manager.query<OpenFault[]>(
        `SELECT business_id AS "logId", fault, subject, found_at AS "foundAt" FROM integrity_faults
         WHERE cleared_at IS NULL ORDER BY found_at, id LIMIT 1000`,
      ),
    );
  }

  /** Of one log. */
  ofLog(logId: string): Promise<Pick<OpenFault, 'fault' | 'subject'>[]> {
    return inBusiness(this.dataSource, logId, (manager) =>
      manager.query<Pick<OpenFault, 'fault' | 'subject'>[]>(
        'SELECT fault, subject FROM integrity_faults WHERE business_id = $1 AND cleared_at IS NULL ORDER BY found_at, id',
        [logId],
      ),
    );
  }

  /** To be followed by the event `integrity.cleared`, or the commit is refused. @returns how many, of all kinds or of these */
  async clear(logId: string, manager: EntityManager, kinds?: readonly string[]): Promise<number> {
    const [, count] = await manager.query<[unknown[], number]>(
      'UPDATE integrity_faults SET cleared_at = now() WHERE business_id = $1 AND cleared_at IS NULL AND fault = ANY (coalesce($2, ARRAY[fault::text]))',
      [logId, kinds ?? null],
    );
    return count;
  }

  /** Whether there is a business with that id: no event is written to the log of an invented id. */
  async isBusiness(id: string, manager: EntityManager): Promise<boolean> {
    return (await manager.query<unknown[]>('SELECT FROM businesses WHERE id = $1', [id])).length > 0;
  }
}
