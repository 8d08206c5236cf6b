import type { AuditContext, RequestFacts } from '../audit/trail/audit-draft.js';
import type { AuditActor } from '../log-format/audit-event.js';
import { DomainError, refusal } from '../common/errors/domain-error.js';
import type { Role } from '../directory/members/role.js';
import {
  authorityOf,
  effectiveScopes,
  isAdministrator,
  reachesUpTo,
  type Authority,
} from '../verification/effective-scopes.js';
import { BUSINESS_ADMIN, covers, type ManagementScope } from '../verification/scopes.js';
import type { TokenFacts } from '../verification/token-facts.js';

/** Who is calling, as proven by the presented secret. */
export interface Principal {
  readonly token: TokenFacts;
  /** What the token can do: its scopes AND its owner's role. */
  readonly scopes: readonly string[];
  readonly authority: Authority;
  /** null: a token of the platform, which may name any business, and do there what its scopes allow. */
  readonly businessId: string | null;
  /** What `revoked_by` says: the owner's e-mail, an identity's name, the person a platform token was issued to, or `platform`. */
  readonly label: string;
  readonly actor: AuditActor;
}

const principals = new WeakMap<TokenFacts, Principal>();

export function principalOf(token: TokenFacts): Principal {
  let principal = principals.get(token);
  if (principal === undefined) {
    principal = makePrincipal(token);
    principals.set(token, principal);
  }
  return principal;
}

function makePrincipal(token: TokenFacts): Principal {
  const { owner } = token;
  const person = owner.email ?? owner.issuedTo;
  return {
    token,
    scopes: effectiveScopes(token),
    authority: authorityOf(token),
    businessId: token.business?.id ?? null,
    label: person ?? owner.name,
    actor: { kind: owner.kind, id: owner.id, email: person, token_id: token.id },
  };
}

/** `principal` as the actor of a change that `request` asks for. */
export function auditContextOf(principal: Principal, request: RequestFacts): AuditContext {
  const { actor, token, authority } = principal;
  // Only the platform may act in the name of another person; its own product knows these people.
  const label = (authority === 'platform' ? request.claimedUser : undefined) ?? principal.label;
  return { actor, label, request, proof: { tokenId: token.id, authority } };
}

/** The API token that the caller acts with: of a session, the one that it was opened with; null: none. */
export function credentialOf({ token }: Principal): string | null {
  return token.session === null ? token.id : token.session.openedWith;
}

/** Owners, admins and the platform manage every token of the business; others only their own. */
export function managesAllTokens({ authority }: Principal): boolean {
  return authority === 'platform' || authority === 'owner' || authority === 'admin';
}

/** Auditors also see every token of the business. */
export function seesAllTokens(principal: Principal): boolean {
  return managesAllTokens(principal) || principal.authority === 'auditor';
}

/**
 * Nobody may take over what belongs to a higher authority, nor create or remove one. Undefined authorities are not
 * checked.
 * @throws DomainError `permission.denied`
 */
export function demandAuthorityOver({ authority }: Principal, ...others: (Authority | undefined)[]): void {
  if (others.every((other) => other === undefined || reachesUpTo(authority, other))) return;
  throw refusal('permission.denied');
}

/**
 * The role of an administrator is given only by whoever could issue a token with all that it allows, or by the mapping of
 * a directory. Whoever has it keeps it, and lowers it, without.
 * @param before what somebody has; null: nothing yet
 * @param by any of them is enough
 * @throws DomainError `permission.denied`
 */
export function demandMayGive(
  { scopes }: Principal,
  before: Role | null,
  after: readonly (Role | undefined)[],
  by: readonly [ManagementScope, ...ManagementScope[]] = [BUSINESS_ADMIN],
): void {
  const isRaised = after.some(
    (role) => role !== undefined && isAdministrator(role) && !reachesUpTo(before ?? 'no-access', role),
  );
  if (!isRaised || by.some((scope) => covers(scopes, scope))) return;
  const sentence = `The role of an administrator is given with ${by.join(' or ')}.`;
  throw new DomainError('permission.denied', sentence, { scope: by[0] });
}
