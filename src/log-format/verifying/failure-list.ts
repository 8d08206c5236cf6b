import { LISTED_MAX, type Failure, type FailureKind } from './verification-report.js';

/** Counts all failures and keeps the first ones. */
export class FailureList {
  readonly listed: Failure[] = [];
  count = 0;

  push(failure: Failure): void {
    this.count += 1;
    if (this.listed.length < LISTED_MAX) this.listed.push(failure);
  }

  add(
    kind: FailureKind,
    message: string,
    where: { sequence?: number; sequences?: [number, number]; line?: number } = {},
  ): void {
    const sequences =
      where.sequences ?? (where.sequence === undefined ? null : [where.sequence, where.sequence]);
    this.push({ kind, sequences, line: where.line ?? null, message });
  }
}
