import { Injectable, Logger } from '@nestjs/common';

/** What sealing can find wrong with a log. Each means that somebody changed the database behind Rescind's back. */
export type SealingFault =
  'event_changed' | 'event_removed' | 'event_doubled' | 'log_shortened' | 'tree_changed' | 'log_forked';

const SENTENCES: Record<SealingFault, string> = {
  event_changed: 'An audit event is not what was written; its leaf is, so that exports will show the change.',
  event_removed:
    'An audit event was removed; its place in the tree stays, so that exports will show the removal.',
  event_doubled: 'A sequence of the audit log is there twice.',
  log_shortened: 'The audit log is shorter than what was sealed. Nothing more of it is sealed.',
  tree_changed: 'The stored tree of the audit log is not the sealed one. Nothing more of it is sealed.',
  log_forked:
    'The audit log is not the one whose checkpoint was published, as after restoring an old backup. Nothing more of it is sealed.',
};

/** The alarm: logged as an error and counted; the metric `rescind_audit_faults` shows the count. */
@Injectable()
export class SealingFaults {
  /** Since the start of this process. */
  count = 0;
  private readonly logger = new Logger('Audit');

  raise(fault: SealingFault, logId: string, sequence: number | null): void {
    this.count++;
    this.logger.error({ fault, business_id: logId, sequence }, SENTENCES[fault]);
  }
}
