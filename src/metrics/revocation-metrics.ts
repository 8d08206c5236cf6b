import { Injectable } from '@nestjs/common';
import { ChangeOutcomes } from '../changes/change-outcomes.js';
import { Barrier } from '../lease/barrier.js';
import { ClientVerifiers } from '../lease/client-verifiers/client-verifiers.js';
import { DatabaseClock } from '../lease/database-clock.js';
import { Verifier } from '../lease/verifier.js';
import { VerifierStreams } from '../verifier-stream/verifier-streams.js';
import { DatabaseGauges } from './database-gauges.repository.js';
import type { Exposition } from './exposition.js';

const CONFIRMATION_BUCKETS_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.25, 2.5, 5, 10,
];

/** What was revoked, what that waited for, and the leases of this process and of its client verifiers. */
@Injectable()
export class RevocationMetrics {
  constructor(
    private readonly outcomes: ChangeOutcomes,
    private readonly barrier: Barrier,
    private readonly verifier: Verifier,
    private readonly shared: DatabaseGauges,
    private readonly clients: ClientVerifiers,
    private readonly streams: VerifierStreams,
    private readonly clock: DatabaseClock,
  ) {}

  showOn(exposition: Exposition): void {
    exposition.counters(
      'rescind_tokens_revoked_total',
      'Tokens revoked by this process, in whatever dialect, by cause: asked for, with their owner, or with another token.',
      'cause',
      () => this.outcomes.revokedByCause,
    );
    const observe = exposition.histogram(
      'rescind_revocation_confirmation_seconds',
      'Time from the commit of what verifiers must know until all had confirmed it or lost their lease, by whether they had.',
      'outcome',
      ['confirmed', 'unconfirmed'],
      CONFIRMATION_BUCKETS_SECONDS,
    );
    this.barrier.onEnd = (seconds, isConfirmed) =>
      observe(isConfirmed ? 'confirmed' : 'unconfirmed', seconds);
    this.showLeases(exposition);
    this.showClients(exposition);
  }

  private showLeases(exposition: Exposition): void {
    const { lease } = this.verifier;
    exposition.gauge('rescind_lease_held', '1 while verdicts may come from memory.', () =>
      lease.holds() ? 1 : 0,
    );
    exposition.gauge(
      'rescind_lease_remaining_seconds',
      'Time for which memory may still be trusted; 0 without a lease.',
      () => Math.max(0, lease.remainingMs() / 1000),
    );
    exposition.gauge(
      'rescind_clock_rate_difference',
      'By which fraction the monotonic clock of this process ran faster than the clock of the database over the last minute without a step.',
      () => this.clock.rate.difference ?? 0,
    );
    exposition.gauge(
      'rescind_verifiers_registered',
      'Verifiers that every revocation waits for.',
      async () => (await this.shared.now()).verifiers,
    );
    exposition.gauge(
      'rescind_replication_asynchronous',
      '1 while the database has streaming standbys and none is synchronous: a failover can lose acknowledged revocations. NaN: cannot be told.',
      () => this.shared.asynchronousReplication(),
    );
  }

  private showClients(exposition: Exposition): void {
    exposition.gauge(
      'rescind_client_verifiers',
      'Client verifiers that are connected to this process.',
      () => this.clients.connected().length,
    );
    exposition.counter(
      'rescind_client_verifier_grants_total',
      'Sub-leases granted to client verifiers.',
      () => this.clients.counts.grants,
    );
    exposition.counter(
      'rescind_client_verifier_evictions_total',
      'Messages to client verifiers about what to forget.',
      () => this.clients.counts.evictions,
    );
    exposition.counters(
      'rescind_verifier_streams_closed_total',
      'Connections of client verifiers that have ended, by close code.',
      'code',
      () => this.streams.closed,
    );
  }
}
