import { Injectable } from '@nestjs/common';
import { HeadMacs } from '../trail/head-macs.js';
import { IntegrityFaults } from './integrity-faults.js';
import type { Head } from './log-rows.repository.js';

/** Whether the head of a log is what this service wrote: its MAC is valid, and the last registered event exists. */
@Injectable()
export class HeadCheck {
  constructor(
    private readonly macs: HeadMacs,
    private readonly faults: IntegrityFaults,
  ) {}

  /** Raises a fault if it is not: once per log, however it grows, since each fault is another event. */
  judge(logId: string, head: Head): void {
    const isWhere = head.registered === null || head.registered === head.size;
    if (!isWhere || !this.macs.holds(logId, head)) this.faults.raise('head_forged', logId, null);
  }
}
