import type { Columns } from '../../token-schema/token-schema.js';

/** The fields of a token that a person needs, one line per token, separated by tabs. */
export function lineOf(token: TokenLine): string {
  const { owner } = token;
  return [
    token.id,
    token.token_prefix,
    token.status,
    owner.email ?? owner.name ?? owner.kind,
    token.name ?? '-',
    `used ${token.last_used_at ?? 'never'}`,
    `expires ${token.expires_at ?? 'never'}`,
    ...(token.revoked_at === null
      ? []
      : [`revoked ${token.revoked_at} by ${token.revoked_by ?? '-'}: ${token.revocation_reason ?? '-'}`]),
  ]
    .map(printable)
    .join('\t');
}

/** Control characters in a name must not have an effect in a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}

/** A token as the API shows it, with only the fields that commands use. */
interface TokenLine extends Columns<
  'id' | 'tokenPrefix' | 'name' | 'businessId' | 'revokedBy' | 'revocationReason'
> {
  status: string;
  owner: { kind: string; id: string | null; email?: string | null; name?: string | null };
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
  revoked_at: string | null;
}

export interface TokenPage {
  items: TokenLine[];
  next_cursor: string | null;
}

export interface FoundTokens {
  items: { matched: string; lines: number[]; token: TokenLine }[];
  strings_unknown: number;
  strings_left: number;
}

/** What was waited for before a revocation was answered. */
export interface Receipt {
  verifiers_registered: number;
  verifiers_acknowledged: number;
  verifiers_waited_out: number;
  duration_ms: number;
  audit_sequence: number | null;
}

export interface Revocation {
  id: string;
  state: 'awaiting_approval' | 'expired' | 'declined' | 'marking' | 'done';
  issued_before: string | null;
  revoked_by: string;
  tokens_revoked: number;
  receipt: Receipt | null;
}

export interface RevokedToken {
  data: { id: string; revoked_at: string; revoked_by: string | null };
  tokens_revoked: number;
  receipt: Receipt;
}

/** The body of a cut-off, in the terms of `POST /api/v1/revocations`. */
export interface CutOffRequest {
  selector: Record<string, unknown>;
  reason: string;
  issued_before?: string;
}

/** The plan of a preview, in the terms of `POST /api/v1/revocations`. */
export interface PlanRequest {
  plan: string;
  if_changed?: 'proceed';
}

export interface OwnerCount {
  name: string;
  tokens: number;
}

/** What a revocation would do. */
export interface Preview {
  plan: string;
  tokens: number;
  owners: number;
  by_owner: OwnerCount[];
  by_scope: { scope: string; tokens: number }[];
  by_last_use: Record<'hour' | 'day' | 'week' | 'earlier' | 'never', number>;
  active_verdicts_last_day: number | null;
  by_business: { id: string | null; tokens: number }[];
  sample: TokenLine[];
  untouchable: { tokens: number; by_owner: OwnerCount[] } | null;
  needs_approval: boolean;
  revoked_alone_last_day: number | null;
  ends_caller: boolean;
}

type Words = Record<string, string | number | boolean | readonly string[]>;

/** Finds tokens and revokes them: a server, or this process on the database. All answers are those of the API. */
export interface TokenAuthority {
  list(query: Words): Promise<TokenPage>;
  find(input: { text: string } | { fragment: string }): Promise<FoundTokens>;
  /** Revokes nothing, and keeps a plan for ten minutes. */
  preview(request: CutOffRequest): Promise<Preview>;
  /**
   * Resolves when no verifier answers "active" for any of them any more (R1).
   * @throws SetChanged if a plan now means another set, and that set must not be revoked
   */
  revokeMany(request: CutOffRequest | PlanRequest): Promise<Revocation>;
  /** As `revokeMany`, of one token. */
  revokeToken(id: string, reason: string): Promise<RevokedToken>;
  revocation(id: string): Promise<Revocation>;
}

/** Why a command did not do what it was asked to, in one sentence, and the exit code for scripts. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly exitCode: number = EXIT_REFUSED,
  ) {
    super(message);
  }
}

/** A plan now means another set of tokens than was shown: nothing was revoked, and the plan may still be used. */
export class SetChanged extends Refused {
  constructor(
    message: string,
    readonly planned: number,
    readonly now: number,
  ) {
    super(message);
  }
}

/** Refused, or failed: nothing was revoked. */
export const EXIT_REFUSED = 1;
/** Wrong usage, or nobody confirmed: no revocation was requested. */
export const EXIT_USAGE = 2;
/** It is revoked, but it is not known whether all verifiers know it: repeat the command. Also if no answer arrived. */
export const EXIT_UNCONFIRMED = 3;

export const EXIT_CODES =
  'Exit codes: 0 done; 1 refused or failed, and nothing was revoked; 2 wrong usage, or not confirmed; 3 no confirmation came: it may be revoked without being in effect everywhere, so repeat it.';
