import { Injectable } from '@nestjs/common';
import { RetentionRounds } from '../audit/retention/retention-rounds.js';
import { IntegrityFaults } from '../audit/sealing/integrity-faults.js';
import { Sinks } from '../audit/sinks/sinks.js';
import { AuditWritability } from '../audit/trail/audit-writability.js';
import { Witnesses } from '../audit/witnesses/witnesses.js';
import { DatabaseGauges } from './database-gauges.repository.js';
import type { Exposition } from './exposition.js';

/** How the log fares: whether it can be written, is whole, sealed, sent on and witnessed, and what has expired is dropped. */
@Injectable()
export class AuditMetrics {
  constructor(
    private readonly writability: AuditWritability,
    private readonly faults: IntegrityFaults,
    private readonly retention: RetentionRounds,
    private readonly sinks: Sinks,
    private readonly witnesses: Witnesses,
    private readonly shared: DatabaseGauges,
  ) {}

  showOn(exposition: Exposition): void {
    exposition.counter(
      'rescind_audit_write_failures_total',
      'Changes refused because their event could not be written.',
      () => this.writability.failures,
    );
    exposition.counter(
      'rescind_audit_faults_total',
      'Signs of tampering with the audit log that sealing came upon.',
      () => this.faults.count,
    );
    exposition.gauge(
      'rescind_audit_faults_open',
      'Signs of tampering that some process came upon and nobody has cleared.',
      async () => (await this.shared.now()).openFaults,
    );
    exposition.gauge(
      'rescind_audit_seal_lag_seconds',
      'For how long the oldest event that is not sealed has waited for it.',
      async () => (await this.shared.now()).sealLagSeconds,
    );
    exposition.counter(
      'rescind_audit_retention_failures_total',
      'Times that events which have expired could not be archived or dropped.',
      () => this.retention.failures,
    );
    this.showReceivers(exposition);
  }

  private showReceivers(exposition: Exposition): void {
    const { witnesses } = this;
    exposition.gauges(
      'rescind_audit_sink_lag_seconds',
      'For how long the oldest event that a sink has not taken has waited, by sink.',
      'sink',
      () => this.sinks.lags(),
    );
    exposition.counters(
      'rescind_audit_sink_failures_total',
      'Batches of events that a sink did not take, by sink.',
      'sink',
      () => this.sinks.failures,
    );
    exposition.counters(
      'rescind_audit_cosignatures_total',
      "Cosignatures of the platform's checkpoints that witnesses gave this process, by witness.",
      'witness',
      () => witnesses.asked.map(({ alias, cosignatures }) => [alias, cosignatures]),
    );
    exposition.counters(
      'rescind_audit_witness_failures_total',
      'Times that this process asked a witness in vain, by witness.',
      'witness',
      () => witnesses.asked.map(({ alias, failures }) => [alias, failures]),
    );
    exposition.gauges(
      'rescind_audit_quorum_age_seconds',
      'How long ago the latest checkpoint that the quorum of witnesses has cosigned had it, by log; none where nobody is asked.',
      'log',
      () => witnesses.quorumAges(),
    );
  }
}
