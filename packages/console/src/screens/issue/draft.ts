import { addressesFrom } from '../../ui/address-list';
import { metadataFrom } from '../../ui/metadata';
import type { IssueTokenDto } from '../../api/generated/types.gen';

/** For whom a token is: whoever is signed in, a member (by e-mail) or a machine identity (by id). */
export type OwnerDraft =
  { kind: 'self' } | { kind: 'member'; email: string } | { kind: 'identity'; id: string };

/** Days, or none. */
export type LifetimeDraft = { kind: 'days'; days: number | null } | { kind: 'never' };

/** A token as far as it is filled in. */
export interface Draft {
  name: string;
  description: string;
  owner: OwnerDraft;
  scopes: readonly string[];
  lifetime: LifetimeDraft;
  /** One a line. */
  addresses: string;
  externalId: string;
  metadata: string;
}

export const NEW_DRAFT: Draft = {
  name: '',
  description: '',
  owner: { kind: 'self' },
  scopes: [],
  lifetime: { kind: 'days', days: 90 },
  addresses: '',
  externalId: '',
  metadata: '',
};

const LIFETIME_DAYS_MAX = 365;

/** What is missing or wrong before it can be asked for, by field; nothing: it can be. */
export function draftProblems(draft: Draft, daysMax: number | null): Partial<Record<string, string>> {
  const { name, owner, lifetime } = draft;
  const most = Math.min(daysMax ?? LIFETIME_DAYS_MAX, LIFETIME_DAYS_MAX);
  const problems: Partial<Record<string, string>> = {};
  if (name.trim() === '') problems['name'] = 'Say what it is for';
  if (owner.kind === 'member' && !owner.email.includes('@'))
    problems['owner_email'] = 'The e-mail of a member';
  if (owner.kind === 'identity' && owner.id === '') problems['identity_id'] = 'Choose an identity';
  if (lifetime.kind === 'days' && !isWithin(lifetime.days, most))
    problems['expires_in_days'] = `From 1 to ${most} days`;
  const metadata = metadataFrom(draft.metadata);
  if (typeof metadata === 'string') problems['metadata'] = metadata;
  return problems;
}

/** What is asked of the API. Only for a draft without problems. */
export function requestFrom(draft: Draft): IssueTokenDto {
  const { name, description, owner, scopes, lifetime, externalId } = draft;
  const metadata = metadataFrom(draft.metadata);
  const addresses = addressesFrom(draft.addresses);
  return {
    name: name.trim(),
    scopes: [...scopes],
    expires_in_days: lifetime.kind === 'never' ? null : lifetime.days,
    ...(description.trim() !== '' && { description: description.trim() }),
    ...(owner.kind === 'member' && { owner_email: owner.email.trim() }),
    ...(owner.kind === 'identity' && { identity_id: owner.id }),
    ...(externalId.trim() !== '' && { external_id: externalId.trim() }),
    ...(addresses !== null && { trusted_ips: addresses }),
    ...(typeof metadata === 'object' && metadata !== null && { metadata }),
  };
}

function isWithin(days: number | null, most: number): boolean {
  return days !== null && Number.isInteger(days) && days >= 1 && days <= most;
}
