import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { DataSource } from 'typeorm';
import { AuditWritability } from '../audit/trail/audit-writability.js';
import { SingleFlight } from '../common/single-flight.js';
import { EXCESS } from '../database/service-role.js';
import { Verifier } from '../revocation/verifier.js';
import type { CheckDto, ReadinessDto } from './health.dto.js';

/** Whoever asks more often is told the same: each look writes to the log, and takes it back. */
const KEEP_MS = 1000;

/** What must work for the service to work. */
@Injectable()
export class Readiness {
  private readonly probes = new SingleFlight(() => this.probe(), KEEP_MS);

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly dataSource: DataSource,
    private readonly writability: AuditWritability,
    private readonly verifier: Verifier,
  ) {}

  /** The database was looked at in the last second; the lease is as it is now. */
  async check(): Promise<ReadinessDto> {
    const [database, migrations, audit, privileges] = await this.probes.get();
    const { problem } = this.verifier;
    const revocation: CheckDto = { status: problem === null ? 'up' : 'down', detail: problem };
    const lease: CheckDto = this.verifier.lease.holds()
      ? { status: 'up', detail: null }
      : { status: 'down', detail: 'No lease: verdicts come from the database.' };
    const ready = [database, migrations, audit, revocation].every(({ status }) => status === 'up');
    return { status: ready ? 'ok' : 'error', database, migrations, audit, revocation, lease, privileges };
  }

  private probe(): Promise<[CheckDto, CheckDto, CheckDto, CheckDto]> {
    return Promise.all([
      this.attempt('database', 'The database does not answer.', () => this.dataSource.query('SELECT 1')),
      this.attempt('migrations', 'Migrations are pending: run rescind migrate.', () =>
        this.demandCurrentSchema(),
      ),
      this.attempt('audit', 'The audit log cannot be written, so every change is refused.', () =>
        this.writability.probe(),
      ),
      this.attempt('privileges', 'The user of DATABASE_URL could rewrite the audit log.', () =>
        this.demandLeastPrivileges(),
      ),
    ]);
  }

  private async attempt(name: string, problem: string, probe: () => Promise<unknown>): Promise<CheckDto> {
    const indicator = this.indicators.check(name);
    const result: HealthIndicatorResult = await probe().then(
      () => indicator.up(),
      () => indicator.down(problem),
    );
    const up = result[name]?.status === 'up';
    return { status: up ? 'up' : 'down', detail: up ? null : problem };
  }

  private async demandLeastPrivileges(): Promise<void> {
    const [row] = await this.dataSource.query<{ excess: string | null }[]>(EXCESS);
    if (row?.excess !== null) throw new Error('excessive privileges');
  }

  private async demandCurrentSchema(): Promise<void> {
    const [row] = await this.dataSource.query<{ count: number }[]>(
      'SELECT count(*)::int AS count FROM migrations',
    );
    if ((row?.count ?? 0) < this.dataSource.migrations.length) throw new Error('pending migrations');
  }
}
