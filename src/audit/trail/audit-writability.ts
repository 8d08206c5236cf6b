import { Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import { type Prepared, queryPreparedIn } from '../../database/prepared.js';
import { inBusiness } from '../../database/row-access.js';
import { PLATFORM_LOG } from './audit-draft.js';

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
