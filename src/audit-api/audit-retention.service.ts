import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { Changes } from '../changes/changes.js';
import { DomainError, refusal } from '../common/errors/domain-error.js';
import { RetentionRepository } from '../audit/retention/retention.repository.js';
import { RetentionDto } from './audit-retention.dto.js';
import { businessIdOf } from '../audit/sealing/checkpoint-notes.js';

/** How long a log is kept. The last change wins; each is an event that says what it changed. */
@Injectable()
export class AuditRetentionService {
  constructor(
    private readonly repository: RetentionRepository,
    private readonly changes: Changes,
  ) {}

  async get(logId: string): Promise<RetentionDto> {
    return RetentionDto.from(await this.repository.state(logId));
  }

  /**
   * Sets the policy, which takes effect after a delay where it keeps less than what holds; repeating the one that holds changes nothing and leaves no event.
   * @throws DomainError `input.invalid` below the platform's minimum
   */
  async set(caller: Caller, logId: string, months: number | null): Promise<RetentionDto> {
    await this.changes.make(caller, businessIdOf(logId), 'unconcerned', async (change) => {
      const before = await this.repository.lock(logId, change.manager);
      if (months !== null && months < before.monthsMin) throw tooShort(before.monthsMin);
      if (months === before.months) return;
      const effectiveAt = await this.repository.setMonths(logId, months, caller.label, change.manager);
      change.record({
        action: 'audit.retention_changed',
        target: { kind: 'audit', id: logId },
        details: {
          months_before: before.months,
          months_after: months,
          effective_at: effectiveAt?.toISOString() ?? null,
        },
      });
    });
    return this.get(logId);
  }
}

function tooShort(monthsMin: number): DomainError {
  return refusal('input.invalid', {
    issues: [
      {
        loc: ['body', 'months'],
        msg: `Input should be greater than or equal to ${monthsMin}, the minimum of this platform`,
        type: 'greater_than_equal',
      },
    ],
  });
}
