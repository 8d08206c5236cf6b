import { Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import { type Prepared, queryPreparedIn } from '../../database/prepared.js';
import { inBusiness } from '../../database/row-access.js';
import { PLATFORM_LOG } from './audit-draft.js';

export interface AppendedRow {
  id: string;
  sequence: string;
  occurred_at: Date;
  transaction_id: string;
}

/**
 * Appends the events given as JSON in $4 to the logs $1, of which log $1[i] takes $2[i] and its head gets the MAC $3[i];
 * `behind` counts the events that follow in the same log. The function writes what the service has no privilege to
 * write. The caller has hashed the events with the sequence numbers and the time that it expects, and compares the
 * result with them.
 */
export const APPEND_EVENTS: Prepared = {
  name: 'audit_append',
  text: `SELECT id, sequence, occurred_at, transaction_id
    FROM audit_append($1::uuid[], $2::bigint[], $3::bytea[], $4::json)`,
};

/** A log nobody writes to: its head exists only inside probes that are rolled back. */
const PROBE_LOG = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const PROBE_LINE = JSON.stringify([
  {
    log: PROBE_LOG,
    behind: 0,
    id: PLATFORM_LOG,
    actor: { kind: 'system' },
    action: 'audit.read',
    target: { kind: 'audit' },
    outcome: 'success',
    details: {},
    leaf: '',
    mac: '',
  },
]);

/** Whether changes can be recorded, and so be made at all. */
@Injectable()
export class AuditWritability {
  /** Changes refused because their event could not be written, since the start of this process. */
  failures = 0;

  constructor(private readonly dataSource: DataSource) {}

  failed(): void {
    this.failures++;
  }

  /** Writes an event the way every change does, and rolls it back. Rejects when that is not possible. */
  async probe(): Promise<void> {
    await inBusiness(this.dataSource, PROBE_LOG, async ({ queryRunner }) => {
      const runner = queryRunner as QueryRunner;
      try {
        await runner.startTransaction();
        await queryPreparedIn(runner.manager, APPEND_EVENTS, [[PROBE_LOG], [1], [null], PROBE_LINE]);
      } finally {
        await runner.rollbackTransaction().catch(() => undefined);
      }
    });
  }
}
