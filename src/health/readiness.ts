import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { IntegrityFaults } from '../audit/sealing/integrity-faults.js';
import { AuditWritability } from '../audit/trail/audit-writability.js';
import { ChangeOutcomes } from '../changes/change-outcomes.js';
import { SingleFlight } from '../common/kept-answers.js';
import { Verifier } from '../lease/verifier.js';
import { SecretRegister } from '../secret-register/secret-register.js';
import { DatabaseStateRepository } from './database-state.repository.js';
import type { CheckDto, ReadinessDto } from './health.dto.js';

/** Whoever asks more often is told the same: each look writes to the log, and takes it back. */
const KEEP_MS = 1000;

const UNANSWERED = 'The database does not answer.';
const NO_LEASE = 'No lease: verdicts come from the database.';
const DISK_FULL = 'The disk of the database is full, so changes are refused: free disk space.';

const upUnless = (problem: string | null): CheckDto => ({
  status: problem === null ? 'up' : 'down',
  detail: problem,
});

/** What must work for the service to work. */
@Injectable()
export class Readiness {
  private readonly probes = new SingleFlight(() => this.probe(), KEEP_MS);

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseStateRepository,
    private readonly writability: AuditWritability,
    private readonly verifier: Verifier,
    private readonly faults: IntegrityFaults,
    private readonly secretRegister: SecretRegister,
    private readonly changes: ChangeOutcomes,
  ) {}

  /** The database was looked at in the last second; the lease is as it is now. */
  async check(): Promise<ReadinessDto> {
    const [database, migrations, audit, integrity, secrets, privileges, replication] =
      await this.probes.get();
    const revocation = upUnless(this.verifier.problem);
    const lease = upUnless(this.verifier.lease.holds() ? null : NO_LEASE);
    const disk = upUnless(this.changes.lacksSpace ? DISK_FULL : null);
    const ready = [database, migrations, audit, integrity, revocation, secrets, disk].every(
      ({ status }) => status === 'up',
    );
    return {
      status: ready ? 'ok' : 'error',
      database,
      migrations,
      audit,
      integrity,
      revocation,
      secrets,
      disk,
      lease,
      privileges,
      replication,
    };
  }

  private probe(): Promise<[CheckDto, CheckDto, CheckDto, CheckDto, CheckDto, CheckDto, CheckDto]> {
    return Promise.all([
      this.attempt('database', UNANSWERED, () => this.database.answers()),
      this.attempt('migrations', 'Migrations are pending: run rescind migrate.', () =>
        this.database.demandCurrentSchema(),
      ),
      this.attempt('audit', 'The audit log cannot be written, so every change is refused.', () =>
        this.writability.probe(),
      ),
      this.checkIntegrity(),
      this.checkProblem(() => this.secretRegister.problem()),
      this.attempt('privileges', 'The user of DATABASE_URL could rewrite the audit log.', () =>
        this.database.demandLeastPrivileges(),
      ),
      this.checkProblem(() => this.database.replicationProblem()),
    ]);
  }

  private async attempt(name: string, problem: string, probe: () => Promise<unknown>): Promise<CheckDto> {
    const indicator = this.indicators.check(name);
    const result: HealthIndicatorResult = await probe().then(
      () => indicator.up(),
      () => indicator.down(problem),
    );
    return upUnless(result[name]?.status === 'up' ? null : problem);
  }

  /** A fault of one business is told, and takes no process away from all others. */
  private async checkIntegrity(): Promise<CheckDto> {
    const problem = await this.faults.problem().catch(() => ({ ofAll: true, sentence: UNANSWERED }));
    return { status: problem?.ofAll === true ? 'down' : 'up', detail: problem?.sentence ?? null };
  }

  private async checkProblem(ask: () => Promise<string | null>): Promise<CheckDto> {
    return upUnless(await ask().catch(() => UNANSWERED));
  }
}
