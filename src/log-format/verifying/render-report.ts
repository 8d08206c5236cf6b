import { cosignedLine } from './cosigned-by.js';
import type { Failure, VerificationReport } from './verification-report.js';

/** Lines of each list that people are shown; `--json` has more. */
const SHOWN_MAX = 20;

/** The report for people: what was verified, what was not, and what that means. */
export function renderReport(report: VerificationReport): string {
  const lines = [
    `log         ${report.origin}`,
    `checkpoint  ${report.size === null ? 'none to be believed' : `${report.size} events, root ${report.root}`}`,
    `export      ${extentOf(report)}`,
    `proven      ${report.events_proven} of ${report.events} events${listOf(report.proven)}`,
    ...withoutContent(report),
    ...droppedUnder(report),
    ...report.consistent_with.map(({ source, size }) => `consistent  with ${source} (${size} events)`),
    ...(report.cosigned === null ? [] : [cosignedLine(report.cosigned)]),
    ...report.failures.slice(0, SHOWN_MAX).map(failureLine),
  ];
  const hidden = report.failure_count - Math.min(report.failures.length, SHOWN_MAX);
  if (hidden > 0) lines.push(`FAILED      and ${hidden} more`);
  lines.push(report.verified ? 'VERIFIED' : `NOT VERIFIED: ${report.failure_count} failure(s)`);
  return `${lines.join('\n')}\n`;
}

function extentOf({ complete, first_sequence: first, last_sequence: last }: VerificationReport): string {
  const range = `sequences ${first} to ${last}`;
  return complete
    ? `${range}, unfiltered`
    : `${range}, filtered: it cannot show that nothing else matched the filter`;
}

function withoutContent({ skipped, dropped, missing }: VerificationReport): string[] {
  if (skipped + dropped + missing === 0) return [];
  return [`not shown   ${skipped} skipped, ${dropped} dropped by retention, ${missing} missing`];
}

function droppedUnder({ dropped, dropped_under: record }: VerificationReport): string[] {
  if (dropped === 0 || record === null) return [];
  const { through_sequence: through, sequence, id, occurred_at } = record;
  return [
    `dropped     through sequence ${through}, as the event of sequence ${sequence} records (${id}, ${occurred_at})`,
  ];
}

function failureLine({ kind, sequences, line, message }: Failure): string {
  const where = [sequences === null ? null : rangeOf(sequences), line === null ? null : `line ${line}`];
  const place = where.filter((part) => part !== null).join(', ');
  return `FAILED      ${kind}${place === '' ? '' : ` (${place})`}: ${message}`;
}

function listOf(ranges: readonly [number, number][]): string {
  if (ranges.length === 0) return '';
  const shown = ranges.slice(0, SHOWN_MAX).map(rangeOf).join(', ');
  return `: ${shown}${ranges.length > SHOWN_MAX ? ', …' : ''}`;
}

function rangeOf([from, to]: readonly [number, number]): string {
  return from === to ? `sequence ${from}` : `sequences ${from}-${to}`;
}
