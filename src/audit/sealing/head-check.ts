import { Injectable } from '@nestjs/common';
import { HeadMacs } from '../trail/head-macs.js';
import { IntegrityFaults } from './integrity-faults.js';
import type { Head } from './log-rows.repository.js';

/** Whether the head of a log is where this service left it: its MAC holds, and the last event that is registered is there. */
@Injectable()
export class HeadCheck {
  constructor(
    private readonly macs: HeadMacs,
    private readonly faults: IntegrityFaults,
  ) {}

  /** Raises the alarm if it is not: once for a log, however it grows, since each alarm is an event more. */
  judge(logId: string, head: Head): void {
    const isWhere = head.registered === null || head.registered === head.size;
    if (!isWhere || !this.macs.holds(logId, head)) this.faults.raise('head_forged', logId, null);
  }
}
