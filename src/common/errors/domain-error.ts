import { type ErrorCode, REFUSALS } from './refusals.js';

/** One thing wrong with an input, in the shape of the native dialect's 422. Never echoes the value itself. */
export interface InputIssue {
  loc: (string | number)[];
  msg: string;
  type: string;
}

interface DomainErrorFacts {
  /** The scope that would have been needed (RFC 6750 §3.1). */
  scope?: string;
  issues?: InputIssue[];
  retryAfterSeconds?: number;
  /** How the refused credential was presented, when not as a bearer; the challenge matches it (RFC 7617). */
  scheme?: 'basic';
  /** For the audit log only: what a refusal is about, where that is more than the route. */
  about?: { kind: 'member'; id: string };
  /** For the log only; stripped of driver parameters before it is written. */
  cause?: unknown;
  /** Facts a dialect may show, such as the unknown scopes of a request. */
  details?: Record<string, unknown>;
}

/** How many issues are shown, so that an answer cannot become megabytes. */
const ISSUES_MAX = 20;

/**
 * A refusal with a stable code and one public sentence. Services throw nothing else; the error filter turns it into the
 * caller's dialect. The sentence must be the same for what belongs to another business and for what does not exist (R6).
 */
export class DomainError extends Error {
  readonly facts: DomainErrorFacts;

  /** @param facts of more than 20 issues, 20 are kept and the others counted */
  constructor(
    readonly code: ErrorCode,
    message: string,
    facts: DomainErrorFacts = {},
  ) {
    super(message, { cause: facts.cause });
    this.name = 'DomainError';
    const { issues } = facts;
    this.facts = issues === undefined ? facts : { ...facts, issues: shownOf(issues) };
  }
}

function shownOf(issues: InputIssue[]): InputIssue[] {
  const hidden = issues.length - ISSUES_MAX;
  if (hidden <= 0) return issues;
  const [first] = issues[0]?.loc ?? [];
  const rest: InputIssue = {
    loc: first === undefined ? [] : [first],
    msg: `${hidden} more ${hidden === 1 ? 'issue is' : 'issues are'} not shown`,
    type: 'too_many_issues',
  };
  return [...issues.slice(0, ISSUES_MAX), rest];
}

/** A refusal with the sentence of the table; use `new DomainError` for a more specific one. */
export function refusal(code: ErrorCode, facts: DomainErrorFacts = {}): DomainError {
  const [, sentence] = REFUSALS[code];
  return new DomainError(code, sentence, facts);
}

/** Too many requests; `retryAfterSeconds` becomes Retry-After. */
export function rateLimited(retryAfterSeconds: number): DomainError {
  return refusal('request.rate_limited', { retryAfterSeconds });
}

/** `input.invalid` for one member of a request. @param loc where it stands, from the part of the request on */
export function invalidInput(loc: InputIssue['loc'], msg: string, type = 'value_error'): DomainError {
  return refusal('input.invalid', { issues: [{ loc, msg, type }] });
}
