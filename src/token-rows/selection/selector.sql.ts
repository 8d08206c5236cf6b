import { PLATFORM_ROWS } from '../../database/row-access.js';
import { isCutOff } from '../../verification/cut-off.sql.js';
import type { OwnerFilter } from '../token-owner.js';
import type { TokenStatus } from '../token-lifetime.js';
import type { TokenSort } from '../token-sort.js';
import type { TokenSelector } from './token-selector.js';

/** Adds a value to the parameters of the statement, and returns its placeholder. */
export type Parameter = (value: unknown) => string;

/** Which tokens of which business, in which order. */
export interface Selection {
  /** null: the platform's own tokens. */
  businessId: string | null;
  owner: OwnerFilter;
  selector: TokenSelector;
  includeRevoked: boolean;
  /** The sort order; null: none, as for a count. */
  sort: TokenSort | null;
}

/** By a revocation of its own or by a cut-off. */
const isRevoked = (business?: string): string => `(t.revoked_at IS NOT NULL OR ${isCutOff('t', business)})`;
const isNotRevoked = (business?: string): string => `t.revoked_at IS NULL AND NOT ${isCutOff('t', business)}`;
export const IS_EXPIRED =
  '(coalesce(t.expires_at <= now(), false) OR coalesce(t.grace_ends_at <= now(), false))';
const STATUS = {
  active: (business) => [isNotRevoked(business), `NOT ${IS_EXPIRED}`],
  expired: (business) => [isNotRevoked(business), IS_EXPIRED],
  revoked: (business) => [isRevoked(business)],
} as const satisfies Record<TokenStatus, (business?: string) => string[]>;

const MOMENTS = ['created_at', 'expires_at', 'last_used_at'] as const;

/** Characters of a preview behind the prefix and its `_`: four of the public id, eight stars, the last four. */
const PREVIEW_LENGTH = 16;

/** The hour of `moment`, as last_used_hour has it. */
export const hourOf = (moment: string): string => `date_bin('1 hour', ${moment}, '2000-01-01 00:00:00+00')`;

/**
 * Whether one index gives the selected tokens in their order, whatever the values: that of the sort order for all tokens
 * of a business, that of the owner for theirs in the order of issue.
 */
export function isInOneIndex({ owner, selector, sort }: Selection): boolean {
  if (sort === null || Object.keys(selector).length > 0) return false;
  return owner === null || (sort === 'created_at' && ('memberId' in owner || 'identityId' in owner));
}

/**
 * The filters of a selection that an index serves, as conditions on a row `t` of tokens, all of which must hold. Pure,
 * as `filteringConditions`; every value goes through `parameter`.
 *
 * Indexed are equality of owner (tokens_member_idx, tokens_identity_idx), external id (tokens_external_id_idx), metadata
 * (token_metadata_value_idx), address (token_addresses_address_idx), issuer (tokens_issued_by_token_idx) and a whole
 * preview (tokens_preview_idx), and the range of the column that the list is sorted by (tokens_created_at_idx,
 * tokens_expires_at_idx, tokens_last_used_idx). Under row-level security an index serves only leakproof operators: not
 * LIKE, not containment of arrays or JSON.
 */
export function indexedConditions(selection: Selection, parameter: Parameter): string[] {
  const { businessId, owner, selector, sort } = selection;
  const { externalId, metadata = [], issuedByToken, preview, lastUsedFrom } = selector;
  // Sessions, of which there are few beside the tokens, are passed over.
  const indexed = [
    isInOneIndex(selection) && owner !== null
      ? beside(businessId, parameter)
      : ofBusiness(businessId, parameter),
    `t.kind = 'api'`,
    ...ofOwner(owner, parameter),
  ];
  for (const column of MOMENTS)
    if (column === sort) indexed.push(...momentConditions(column, selector, parameter));
  if (externalId !== undefined) indexed.push(`t.external_id = ${parameter(externalId)}`);
  for (const [name, value] of metadata)
    indexed.push(`t.id IN (SELECT x.token_id FROM token_metadata x
      WHERE x.business_id = ${parameter(businessId)} AND x.name = ${parameter(name)} AND x.value = ${parameter(value)})`);
  if (lastUsedFrom !== undefined)
    indexed.push(`t.id IN (SELECT a.token_id FROM token_addresses a
      WHERE a.business_id = ${parameter(businessId ?? PLATFORM_ROWS)} AND ${liesIn(parameter(lastUsedFrom))})`);
  if (issuedByToken !== undefined) indexed.push(`t.issued_by_token = ${parameter(issuedByToken)}::uuid`);
  if (preview !== undefined && isWholePreview(preview))
    indexed.push(`t.token_prefix = ${parameter(preview)}`);
  return indexed;
}

/** Whether all that is selected has neither a revocation nor a cut-off. */
export function isOfUnrevoked({
  selector: { status },
  includeRevoked,
}: Pick<Selection, 'selector' | 'includeRevoked'>): boolean {
  return status === undefined ? !includeRevoked : status !== 'revoked';
}

/** The business of all selected tokens, as `isCutOff` takes it; undefined: the platform. */
export const onlyBusinessOf = ({ businessId }: Selection, parameter: Parameter): string | undefined =>
  businessId === null ? undefined : `${parameter(businessId)}::uuid`;

/** The other filters of the selection, which are checked on each row that is read. */
export function filteringConditions(selection: Selection, parameter: Parameter): string[] {
  const { selector, includeRevoked, sort } = selection;
  const { preview, status } = selector;
  const business = (): string | undefined => onlyBusinessOf(selection, parameter);
  const filtering = asked(selector, parameter);
  for (const column of MOMENTS)
    if (column !== sort) filtering.push(...momentConditions(column, selector, parameter));
  if (preview !== undefined && !isWholePreview(preview))
    filtering.push(`strpos(t.token_prefix, ${parameter(preview)}) > 0`);
  if (status !== undefined) filtering.push(...STATUS[status](business()));
  else if (!includeRevoked) filtering.push(isNotRevoked(business()));
  return filtering;
}

/** Filters that no index serves. */
function asked(selector: TokenSelector, parameter: Parameter): string[] {
  const { scopesHas, scopesOnly, name, prefix, dialect, unusedDays, pepperId, overScopedDays } = selector;
  const conditions: string[] = [];
  if (scopesHas !== undefined) conditions.push(`t.scopes @> ${parameter(scopesHas)}::text[]`);
  if (scopesOnly !== undefined) conditions.push(`t.scopes <@ ${parameter(scopesOnly)}::text[]`);
  if (name !== undefined) conditions.push(isNamed(name, parameter));
  if (prefix !== undefined)
    conditions.push(`left(t.token_prefix, ${-PREVIEW_LENGTH}) = ${parameter(`${prefix}_`)}`);
  if (dialect !== undefined) conditions.push(`t.dialect = ${parameter(dialect)}`);
  if (pepperId !== undefined) conditions.push(`t.pepper_id = ${parameter(pepperId)}`);
  if (unusedDays !== undefined)
    conditions.push(
      `coalesce(t.last_used_at, t.created_at) < now() - make_interval(days => ${parameter(unusedDays)}::int)`,
    );
  if (overScopedDays !== undefined) conditions.push(isOverScoped(parameter(overScopedDays)));
  return conditions;
}

/** Contains `name`, in any case. */
export const isNamed = (name: string, parameter: Parameter): string =>
  `strpos(lower(t.name), lower(${parameter(name)})) > 0`;

/** By token_asked_scopes_pkey; an empty scope stands for those that nobody named. */
function isOverScoped(days: string): string {
  const ofToken = 'FROM token_asked_scopes a WHERE a.business_id = t.business_id AND a.token_id = t.id';
  return `coalesce((SELECT min(a.first_asked_at) ${ofToken} AND a.scope <> '') < now() - make_interval(days => ${days}::int), false)
    AND NOT t.scopes <@ ARRAY(SELECT a.scope ${ofToken})::text[]`;
}

/** Range of one time column. */
function momentConditions(
  column: (typeof MOMENTS)[number],
  selector: TokenSelector,
  parameter: Parameter,
): string[] {
  const [after, before] = {
    created_at: [selector.createdAfter, selector.createdBefore],
    expires_at: [selector.expiresAfter, selector.expiresBefore],
    last_used_at: [selector.lastUsedAfter, selector.lastUsedBefore],
  }[column];
  const conditions: string[] = [];
  for (const [moment, than] of [
    [after, '>='],
    [before, '<'],
  ] as const) {
    if (moment === undefined) continue;
    const value = `${parameter(moment)}::timestamptz`;
    conditions.push(`t.${column} ${than} ${value}`);
    if (column === 'last_used_at')
      conditions.push(`t.last_used_hour ${than === '<' ? '<=' : '>='} ${hourOf(value)}`);
  }
  if (column === 'expires_at' && selector.neverExpires !== undefined)
    conditions.push(`t.expires_at IS ${selector.neverExpires ? 'NULL' : 'NOT NULL'}`);
  return conditions;
}

function ofBusiness(businessId: string | null, parameter: Parameter): string {
  return businessId === null ? 't.business_id IS NULL' : `t.business_id = ${parameter(businessId)}`;
}

/** The same as `ofBusiness`, where the index of the owner is to be used: no index serves this. */
function beside(businessId: string | null, parameter: Parameter): string {
  return `t.business_id IS NOT DISTINCT FROM ${parameter(businessId)}::uuid`;
}

export function ofOwner(owner: OwnerFilter, parameter: Parameter): string[] {
  if (owner === null) return [];
  if ('memberId' in owner) return [`t.member_id = ${parameter(owner.memberId)}`];
  if ('identityId' in owner) return [`t.identity_id = ${parameter(owner.identityId)}`];
  if ('tokenId' in owner) return [`t.id = ${parameter(owner.tokenId)}`];
  return [`t.owner_kind = 'platform'`];
}

/**
 * From the first to the last address of a range, in the order of addresses, which an index serves under row-level
 * security.
 */
function liesIn(range: string): string {
  const end = (edge: string): string =>
    `set_masklen(${edge}(${range}::inet)::inet, CASE family(${range}::inet) WHEN 4 THEN 32 ELSE 128 END)`;
  return `a.address >= ${end('network')} AND a.address <= ${end('broadcast')}`;
}

/** Such as `dz_4bX0********k3Qz`, and vcita's without a prefix. */
function isWholePreview(text: string): boolean {
  return /^([a-z0-9_]{2,12}_)?[0-9A-Za-z]{4}\*{8}[0-9A-Za-z]{4}$/.test(text);
}
