import type { FoundTokensDto } from '../../insight/finding/find-tokens.dto.js';
import type { RevocationPreviewDto } from '../../revocations/bulk/revocation-preview.dto.js';
import type { RevocationWithReceiptDto } from '../../revocations/bulk/revocation.dto.js';
import type { RevokeAnswerDto } from '../../revocations/revoked-token.dto.js';
import type { TokenPageDto } from '../../token-rows/dto/list-tokens.dto.js';
import type { TokenInfoDto } from '../../token-rows/dto/token-info.dto.js';

/** The fields of a token that a person needs, one line per token, separated by tabs. */
export function lineOf(token: TokenInfoDto): string {
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

type Words = Record<string, string | number | boolean | readonly string[]>;

/** Finds tokens and revokes them: a server, or this process on the database. All answers are those of the API. */
export interface TokenAuthority {
  list(query: Words): Promise<TokenPageDto>;
  find(input: { text: string } | { fragment: string }): Promise<FoundTokensDto>;
  /** Revokes nothing, and keeps a plan for ten minutes. */
  preview(request: CutOffRequest): Promise<RevocationPreviewDto>;
  /**
   * Resolves when no verifier answers "active" for any of them any more (R1).
   * @throws SetChanged if a plan now means another set, and that set must not be revoked
   */
  revokeMany(request: CutOffRequest | PlanRequest): Promise<RevocationWithReceiptDto>;
  /** As `revokeMany`, of one token. */
  revokeToken(id: string, reason: string): Promise<RevokeAnswerDto>;
  revocation(id: string): Promise<RevocationWithReceiptDto>;
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
