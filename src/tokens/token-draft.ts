import type { AuditDetailsByAction } from '../log-format/audit-action.js';
import { labelsInIssue } from '../token-rows/logged-labels.js';
import { ownerLabel, ownerOf, type TokenOwner } from '../token-rows/token-owner.js';
import type { Token } from '../token-rows/token.entity.js';
import { type InsertedRow, tokenFrom } from '../token-rows/token-rows.sql.js';
import type { NewToken } from '../token-rows/token-line.js';
import { AT_FIRST } from '../token-schema/derived.js';

/** A token with its secret: the only moment at which the secret exists outside its client. */
export interface IssuedToken {
  secret: string;
  token: Token;
}

/** A token that is about to be made, and its secret. */
export interface TokenDraft {
  secret: string;
  owner: TokenOwner;
  ownerRole: string | null;
  token: Omit<NewToken, 'digest' | 'pepperId'>;
  digest: Pick<NewToken, 'digest' | 'pepperId'>;
}

export const rowOf = ({ token, digest }: TokenDraft): NewToken => ({ ...token, ...digest });

/** The token with the values that the database has `added`. */
export function madeFrom(
  { token, owner, ownerRole }: TokenDraft,
  added: ReadonlyMap<string, Omit<InsertedRow, 'id'>>,
): Token {
  const times = added.get(token.id);
  if (times === undefined) throw new Error('a token was not made');
  return tokenFrom({
    ...token,
    ...times,
    ...AT_FIRST,
    kind: 'api',
    idleSeconds: null,
    ownerName: owner.name,
    ownerEmail: owner.email,
    ownerRole,
  });
}

/** The event of a new token. @param replaces its predecessor in a rotation; null: none */
export function birthOf(token: Token, replaces: string | null): AuditDetailsByAction['token.issued'] {
  const owner = ownerOf(token);
  return {
    name: token.name ?? '',
    description: token.description,
    owner: ownerLabel(owner),
    owner_id: owner.id,
    scopes: token.scopes,
    expires_at: token.expiresAt?.toISOString() ?? null,
    trusted_ips: token.trustedIps,
    ttl_seconds: token.ttlSeconds,
    max_ttl_seconds: token.maxTtlSeconds,
    uses_limit: token.usesLimit,
    dialect: token.dialect,
    issued_by_token: token.issuedByToken,
    replaces,
    ...labelsInIssue(token),
  };
}
