import { authorityFrom, type Authority } from '../verification/effective-scopes.js';
import type { OwnerKind, Token } from './token.entity.js';

/** Who owns a token, as every answer shows it. */
export interface TokenOwner {
  kind: OwnerKind;
  /** null for the platform. */
  id: string | null;
  name: string;
  /** Only users have one. */
  email: string | null;
}

/** @param token with its member or identity joined */
export function ownerOf(token: Token): TokenOwner {
  if (token.ownerKind === 'user') {
    return {
      kind: 'user',
      id: token.memberId,
      name: token.member?.name ?? '',
      email: token.member?.email ?? null,
    };
  }
  if (token.ownerKind === 'identity') {
    return { kind: 'identity', id: token.identityId, name: token.identity?.name ?? '', email: null };
  }
  return { kind: 'platform', id: null, name: 'platform', email: null };
}

/** The owner in one word, for the log: e-mail, identity name, or `platform`. */
export function ownerLabel(owner: TokenOwner): string {
  return owner.email ?? owner.name;
}

/**
 * Which tokens of a business a caller may see or change: all (null), those of one owner, those without an owner, or a
 * single one.
 */
export type OwnerFilter =
  { memberId: string } | { identityId: string } | { platform: true } | { tokenId: string } | null;

/** Whether `token` is one of those. */
export function isOwnedBy(owner: OwnerFilter, token: Token): boolean {
  if (owner === null) return true;
  if ('memberId' in owner) return token.memberId === owner.memberId;
  if ('identityId' in owner) return token.identityId === owner.identityId;
  if ('tokenId' in owner) return token.id === owner.tokenId;
  return token.ownerKind === 'platform';
}

/** The authority of a caller who presents `token`. @param token with its member or identity joined */
export function authorityOfHolder(token: Token): Authority {
  return authorityFrom({
    ownerKind: token.ownerKind,
    role: token.member?.role ?? token.identity?.role ?? null,
    inBusiness: token.businessId !== null,
    scopes: token.scopes,
  });
}
