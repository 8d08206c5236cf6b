import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SingleFlight } from '../common/kept-answers.js';
import { queryPrepared, type Prepared } from '../database/prepared.js';
import { REPLICATION, type Replication } from '../database/preflight.js';
import { EVERY_BUSINESS } from '../database/row-access.js';
import { SERVER_RUN } from '../verifiers/registry.sql.js';

interface Reading {
  verifiers: number;
  openFaults: number;
  /** How long the oldest event that no tree holds yet has been waiting. */
  sealLagSeconds: number;
}

const READ: Prepared = {
  name: 'metrics_of_database',
  rowAccess: EVERY_BUSINESS,
  // audit_events_pkey finds the first event behind each tree.
  text: `
SELECT (SELECT count(*)::int FROM verifiers WHERE run = ${SERVER_RUN}) AS verifiers,
  (SELECT count(*)::int FROM integrity_faults WHERE cleared_at IS NULL) AS "openFaults",
  coalesce(extract(epoch FROM clock_timestamp() - min(first.occurred_at)), 0)::float8 AS "sealLagSeconds"
FROM audit_heads h LEFT JOIN audit_trees t USING (business_id)
CROSS JOIN LATERAL (SELECT occurred_at FROM audit_events e WHERE e.business_id = h.business_id AND e.sequence > coalesce(t.size, 0)
  ORDER BY sequence LIMIT 1) AS first
WHERE h.size > coalesce(t.size, 0)`,
};

/** For the readings of one scrape. */
const KEEP_MS = 1000;

/** What all processes of the database share. NaN where it cannot be asked: a scrape tells of that as well. */
@Injectable()
export class DatabaseGauges {
  private readonly readings = new SingleFlight(() => this.read(), KEEP_MS);

  constructor(private readonly dataSource: DataSource) {}

  now(): Promise<Reading> {
    return this.readings.get();
  }

  /** 1 while there are streaming standbys and none is synchronous; NaN where it cannot be told. */
  async asynchronousReplication(): Promise<number> {
    const rows = await this.dataSource.query<Replication[]>(REPLICATION).catch(() => []);
    return Number(rows[0]?.is_lossy ?? NaN);
  }

  private async read(): Promise<Reading> {
    const rows = await queryPrepared<Reading>(this.dataSource, READ, []).catch(() => []);
    return rows[0] ?? { verifiers: NaN, openFaults: NaN, sealLagSeconds: NaN };
  }
}
