import type { AuditDetailsByAction } from '../log-format/audit-action.js';
import { canonicalJson } from '../log-format/canonical-event.js';
import { columnOf, LOGGED_LABELS } from '../token-schema/derived.js';
import type { Labels, LabelsInChange, LabelsInIssue, LoggedLabels } from '../token-schema/token-schema.js';

/** A label as events have it, and the log is compared with it: JSON as its canonical text (RFC 8785). */
export const logged = (value: Labels[keyof Labels]): LoggedLabels[keyof LoggedLabels] =>
  typeof value === 'object' && value !== null ? canonicalJson(value) : value;

/** For the event of an issue; without what is not set. */
export function labelsInIssue(token: Labels): LabelsInIssue {
  const all = LOGGED_LABELS.map((name) => [columnOf(name), logged(token[name])]);
  return Object.fromEntries(all.filter(([, value]) => value !== null)) as LabelsInIssue;
}

/** For the event of a change; without what has not changed. */
export function labelsInChange(before: Labels, after: Labels): LabelsInChange {
  const values = LOGGED_LABELS.map(
    (name) => [columnOf(name), logged(before[name]), logged(after[name])] as const,
  );
  const changed = values.filter(([, was, is]) => was !== is);
  return Object.fromEntries(
    changed.flatMap(([name, was, is]) => [
      [`${name}_before`, was],
      [`${name}_after`, is],
    ]),
  );
}

/** The same for the addresses that it may be used from. */
export function addressesInChange(
  before: string[] | null,
  after: string[] | null,
): Partial<AuditDetailsByAction['token.changed']> {
  const isSame = before === null || after === null ? before === after : before.join() === after.join();
  return isSame ? {} : { trusted_ips_before: before, trusted_ips_after: after };
}
