import type { EntityManager } from 'typeorm';
import type { BusinessCaller } from '../auth/caller.js';
import { demandAuthorityOver, managesAllTokens } from '../auth/principal.js';
import { orRefusal } from '../changes/shared-work.js';
import { DomainError, refusal } from '../common/errors/domain-error.js';
import type { Authority } from '../verification/effective-scopes.js';
import type { IssuingPolicy } from './lifetime-policy.js';
import type { HeldOwner, OwnersRepository, WantedOwner } from './owners.repository.js';
import type { OwnerFilter, TokenOwner } from '../token-rows/token-owner.js';

/** Whom a new token is for; nobody named: the caller's own owner. */
export interface OwnerChoice {
  ownerEmail?: string | undefined;
  memberId?: string | undefined;
  identityId?: string | undefined;
}

export interface ChosenOwner {
  owner: TokenOwner;
  authority: Authority;
  columns: { ownerKind: TokenOwner['kind']; memberId: string | null; identityId: string | null };
  filter: OwnerFilter;
  /** Prefix of the secrets of the business. */
  prefix: string | null;
  /** What the business says of new tokens. */
  policy: IssuingPolicy;
}

/**
 * Finds the owners of new tokens and locks their rows, so that no owner is removed before the token is stored. For each the owner,
 * or why it is refused: DomainError `permission.denied` when somebody who manages only their own names an owner, or anybody one of a
 * higher authority; `member.not_found`, `identity.not_found`, `identity.disabled`.
 */
export async function holdOwners(
  choices: readonly { caller: BusinessCaller; choice: OwnerChoice }[],
  owners: OwnersRepository,
  manager: EntityManager,
): Promise<(ChosenOwner | DomainError)[]> {
  const wanted = choices.map(({ caller, choice }) => wantedBy(caller, choice));
  const held = await owners.hold(
    wanted.map((each, number) =>
      each instanceof DomainError
        ? { businessId: (choices[number] as { caller: BusinessCaller }).caller.businessId }
        : each,
    ),
    manager,
  );
  return Promise.all(
    choices.map(async ({ caller }, number) => {
      const each = wanted[number] as WantedOwner | DomainError;
      if (each instanceof DomainError) return each;
      return orRefusal(() => chosenBy(caller, each, held[number] as HeldOwner));
    }),
  );
}

function wantedBy(caller: BusinessCaller, choice: OwnerChoice): WantedOwner | DomainError {
  const { businessId, principal } = caller;
  const { ownerEmail, memberId, identityId } = choice;
  const { owner } = principal.token;
  const own = owner.id ?? undefined;
  if (ownerEmail === undefined && memberId === undefined && identityId === undefined) {
    if (owner.kind === 'user') return { businessId, memberId: own };
    return owner.kind === 'identity' ? { businessId, identityId: own } : { businessId };
  }
  const isSelf = (memberId ?? identityId) === owner.id && ownerEmail === undefined;
  if (!isSelf && !managesAllTokens(principal) && ownerEmail !== owner.email)
    return refusal('permission.denied', { scope: 'rescind:business:admin' });
  // If several apply, the most specific one.
  if (identityId !== undefined) return { businessId, identityId };
  return memberId === undefined
    ? { businessId, ownerEmail: ownerEmail?.toLowerCase() }
    : { businessId, memberId };
}

/** @throws DomainError */
function chosenBy(
  { principal }: BusinessCaller,
  { memberId, ownerEmail, identityId }: WantedOwner,
  held: HeldOwner,
): ChosenOwner {
  // The platform has no row.
  if (memberId === undefined && ownerEmail === undefined && identityId === undefined)
    return {
      owner: { kind: 'platform', id: null, name: 'platform', email: null },
      authority: 'owner',
      columns: { ownerKind: 'platform', memberId: null, identityId: null },
      filter: { platform: true },
      prefix: held.prefix,
      policy: held.policy,
    };
  const chosen = identityId === undefined ? memberOf(held) : identityOf(held);
  demandAuthorityOver(principal, chosen.authority);
  return chosen;
}

function memberOf({ member, prefix, policy }: HeldOwner): ChosenOwner {
  if (member === null) throw refusal('member.not_found');
  return {
    owner: { kind: 'user', id: member.id, name: member.name, email: member.email },
    authority: member.role,
    columns: { ownerKind: 'user', memberId: member.id, identityId: null },
    filter: { memberId: member.id },
    prefix,
    policy,
  };
}

function identityOf({ identity, prefix, policy }: HeldOwner): ChosenOwner {
  if (identity === null) throw refusal('identity.not_found');
  if (identity.status !== 'active') throw refusal('identity.disabled');
  return {
    owner: { kind: 'identity', id: identity.id, name: identity.name, email: null },
    authority: identity.role,
    columns: { ownerKind: 'identity', memberId: null, identityId: identity.id },
    filter: { identityId: identity.id },
    prefix,
    policy,
  };
}
