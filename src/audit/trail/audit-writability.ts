import { Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import { type Prepared, queryPreparedIn } from '../../database/prepared.js';
import { inBusiness } from '../../database/row-access.js';
import { PLATFORM_LOG } from './audit-draft.js';

export interface AppendedRow {
  transaction_id: string;
}

/**
 * Appends the events given as JSON in $4 to the logs $1, of which log $1[i] takes $2[i] and its head gets the MAC $3[i]. The
 * function writes what the service has no privilege to write. The caller has hashed the events with the sequence numbers and the
 * time that it expects; unless those are the next ones, and of this transaction, it fails.
 */
export const APPEND_EVENTS: Prepared = {
  name: 'audit_append',
  text: 'SELECT audit_append($1::uuid[], $2::bigint[], $3::bytea[], $4::json) AS transaction_id',
};

/** A log nobody writes to: its head exists only inside probes that are rolled back. */
const PROBE_LOG = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const PROBE_EVENT = JSON.stringify({
  log: PROBE_LOG,
  sequence: 1,
  id: PLATFORM_LOG,
  actor: { kind: 'system' },
  action: 'audit.read',
  target: { kind: 'audit' },
  outcome: 'success',
  details: {},
  leaf: '',
  mac: '',
});

const PROBE: Prepared = {
  name: 'audit_probe',
  text: `SELECT audit_append(ARRAY[$1::uuid], '{1}', ARRAY[NULL::bytea],
    json_build_array($2::jsonb || jsonb_build_object('occurred_at', now()::timestamptz(3))))`,
};

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
        await queryPreparedIn(runner.manager, PROBE, [PROBE_LOG, PROBE_EVENT]);
      } finally {
        await runner.rollbackTransaction().catch(() => undefined);
      }
    });
  }
}
