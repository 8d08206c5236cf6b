import { cosignedLine, type Cosigned } from './cosigned-by.js';

/** What is wrong with a receipt, a proof or an event. */
export interface StatementFailure {
  kind: 'bad_signature' | 'malformed' | 'wrong_log' | 'not_included' | 'says_otherwise' | 'no_quorum';
  message: string;
}

/** What a receipt, a proof and an event show together. */
export interface StatementReport {
  verified: boolean;
  origin: string | null;
  sequence: number | null;
  /** Base64. */
  leaf_hash: string | null;
  /** The checkpoint under which the event is proven to be in the log; null without a proof. */
  checkpoint: { size: number; root: string } | null;
  /** What the witnesses of the policy say of that checkpoint; null without a policy, or without their quorum. */
  cosigned: Cosigned | null;
  /** The claims of the receipt; null without one. */
  receipt: Record<string, unknown> | null;
  failures: StatementFailure[];
}

export function renderStatementReport({ verified, ...report }: StatementReport): string {
  const lines = [
    `log         ${report.origin ?? 'not known'}`,
    `event       ${report.sequence === null ? 'not known' : `sequence ${report.sequence}`}`,
  ];
  if (report.checkpoint !== null) lines.push(`included    in the log of ${report.checkpoint.size} events`);
  if (report.cosigned !== null) lines.push(cosignedLine(report.cosigned));
  if (report.receipt !== null) {
    const { sub, revoked_at: at, revoked_by: by, issued_before: until } = report.receipt;
    const what =
      until === undefined ? `token ${printable(sub)}` : `all up to ${printable(until)} (${printable(sub)})`;
    lines.push(`receipt     ${what} revoked ${printable(at)} by ${printable(by)}`);
  }
  for (const { kind, message } of report.failures) lines.push(`FAILED      ${kind}: ${message}`);
  lines.push('', verified ? 'VERIFIED' : `NOT VERIFIED: ${report.failures.length} failure(s)`);
  return `${lines.join('\n')}\n`;
}

/** What a file says must not steer a terminal. */
function printable(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}
