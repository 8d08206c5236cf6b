import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { RetentionRepository, type RetentionState } from '../retention/retention.repository.js';
import { businessIdOf } from '../sealing/checkpoint-notes.js';
import { AuditTrail } from '../trail/audit-trail.js';

/** How long a log is kept. The last change wins; each is an event that says what it changed. */
@Injectable()
export class AuditRetentionService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: RetentionRepository,
    private readonly trail: AuditTrail,
  ) {}

  get(logId: string): Promise<RetentionState> {
    return this.repository.state(logId);
  }

  /**
   * Sets the policy; repeating the one that holds changes nothing and leaves no event.
   * @throws DomainError `input.invalid` below the platform's minimum
   */
  async set(caller: Caller, logId: string, months: number | null): Promise<RetentionState> {
    await this.dataSource.transaction(async (manager) => {
      const before = await this.repository.lock(logId, manager);
      if (months !== null && months < before.monthsMin) throw tooShort(before.monthsMin);
      if (months === before.months) return;
      await this.repository.setMonths(logId, months, caller.label, manager);
      await this.trail.record(
        {
          businessId: businessIdOf(logId),
          actor: caller.actor,
          action: 'audit.retention_changed',
          target: { kind: 'audit', id: logId },
          request: caller.request,
          details: { months_before: before.months, months_after: months },
        },
        manager,
      );
    });
    return this.repository.state(logId);
  }
}

function tooShort(monthsMin: number): DomainError {
  return new DomainError('input.invalid', 'The input is not valid.', {
    issues: [
      {
        loc: ['body', 'months'],
        msg: `Input should be greater than or equal to ${monthsMin}, the minimum of this platform`,
        type: 'greater_than_equal',
      },
    ],
  });
}
