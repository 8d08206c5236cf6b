import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inBusiness } from '../../database/row-access.js';
import { PLATFORM_LOG } from '../trail/audit-draft.js';

/** A cosignature as a row says, whoever wrote it. */
export interface StoredCosignature {
  size: number;
  /** The signature line. */
  line: string;
}

/** Rows of audit_cosignatures: of each log those of the latest checkpoint with a quorum, and of later ones. */
@Injectable()
export class CosignaturesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Of trees up to that size, the largest first. By the primary key. */
  async ofLog(logId: string, sizeMax: number): Promise<StoredCosignature[]> {
    const rows = await this.query<{ size: string; line: string }>(
      logId,
      'SELECT size, line FROM audit_cosignatures WHERE business_id = $1 AND size <= $2 ORDER BY size DESC LIMIT 1000',
      [sizeMax],
    );
    return rows.map(({ size, line }) => ({ size: Number(size), line }));
  }

  /** @param witness its verifier key */
  async keep(logId: string, size: number, witness: string, line: string): Promise<void> {
    await this.query(
      logId,
      `INSERT INTO audit_cosignatures AS c (business_id, size, witness, line) VALUES ($1, $2, $3, $4)
       ON CONFLICT (business_id, size, witness) DO UPDATE SET line = excluded.line`,
      [size, witness, line],
    );
  }

  /** Forgets those of smaller trees. */
  async forgetBelow(logId: string, size: number): Promise<void> {
    await this.query(logId, 'DELETE FROM audit_cosignatures WHERE business_id = $1 AND size < $2', [size]);
  }

  private query<Row>(logId: string, statement: string, values: unknown[]): Promise<Row[]> {
    return inBusiness(this.dataSource, logId, (manager) =>
      manager.query<Row[]>(statement, [logId, ...values]),
    );
  }

  /**
   * Whether the log says already that this witness refuses for that reason: since it last cosigned, or within the hour, so
   * that one which changes its mind all the time does not fill the log. By audit_events_action_idx.
   */
  async isRefusalKnown(witness: string, reason: string, manager: EntityManager): Promise<boolean> {
    const rows = await manager.query<unknown[]>(
      `SELECT FROM audit_events e WHERE e.business_id = $1 AND e.action = 'checkpoint.refused'
         AND e.details->>'witness' = $2 AND e.details->>'reason' = $3 AND (e.occurred_at > now() - interval '1 hour'
           OR NOT EXISTS (SELECT FROM audit_cosignatures c WHERE c.business_id = $1 AND c.witness = $2 AND c.size >= e.sequence))
       LIMIT 1`,
      [PLATFORM_LOG, witness, reason],
    );
    return rows.length > 0;
  }

  /** Unix time, of the database. */
  async nowSeconds(): Promise<number> {
    const [row] = await this.dataSource.query<{ seconds: number }[]>(
      'SELECT extract(epoch FROM clock_timestamp())::float8 AS seconds',
    );
    return row?.seconds ?? NaN;
  }
}
