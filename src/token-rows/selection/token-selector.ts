import { refusal } from '../../common/errors/domain-error.js';
import type { TokenStatus } from '../token-lifetime.js';
import type { Dialect } from '../token.entity.js';
import type { TokenSelectorDto } from './token-selector.dto.js';

/**
 * The filters of a selector, except the owner: a token must match all that are given. See TokenSelectorDto, which lacks
 * the last one.
 */
export interface TokenSelector {
  scopesHas?: readonly string[];
  scopesOnly?: readonly string[];
  name?: string;
  preview?: string;
  prefix?: string;
  dialect?: Dialect;
  status?: TokenStatus;
  createdBefore?: Date;
  createdAfter?: Date;
  expiresBefore?: Date;
  expiresAfter?: Date;
  lastUsedBefore?: Date;
  lastUsedAfter?: Date;
  /** An address or a CIDR range. */
  lastUsedFrom?: string;
  neverExpires?: boolean;
  unusedDays?: number;
  externalId?: string;
  metadata?: readonly (readonly [name: string, value: string])[];
  pepperId?: string;
  issuedByToken?: string;
  /** Over-scoped: asked for a scope so many days ago for the first time, and never for each that it carries. */
  overScopedDays?: number;
}

/** The members of a request; a list has one more. */
type SelectorInput = TokenSelectorDto & { include_revoked?: boolean };

/**
 * The selector that a request names.
 * @param at its place in the request, for the refusal
 * @throws DomainError `input.invalid` when the filters contradict each other, so that no token could match
 */
export function selectorOf(input: SelectorInput, at: 'query' | 'body' | readonly string[]): TokenSelector {
  const contradiction = contradictionIn(input);
  if (contradiction !== null) {
    const [name, msg] = contradiction;
    throw refusal('input.invalid', { issues: [{ loc: [at, name].flat(), msg, type: 'value_error' }] });
  }
  return withoutUndefined({
    scopesHas: input.scopes_has,
    scopesOnly: input.scopes_only,
    name: input.name,
    preview: input.preview,
    prefix: input.prefix,
    dialect: input.dialect,
    status: input.status,
    createdBefore: parseTimestamp(input.created_before),
    createdAfter: parseTimestamp(input.created_after),
    expiresBefore: parseTimestamp(input.expires_before),
    expiresAfter: parseTimestamp(input.expires_after),
    lastUsedBefore: parseTimestamp(input.last_used_before),
    lastUsedAfter: parseTimestamp(input.last_used_after),
    lastUsedFrom: input.last_used_from,
    neverExpires: input.never_expires,
    unusedDays: input.unused_days,
    externalId: input.external_id,
    metadata: input.metadata,
    pepperId: input.pepper_id,
    issuedByToken: input.issued_by_token?.toLowerCase(),
  });
}

/** The filter that contradicts another one, and how, in one sentence. */
function contradictionIn(input: SelectorInput): [word: keyof SelectorInput, sentence: string] | null {
  if (input.identity_id !== undefined && input.owner_email !== undefined && input.owner_email !== '*')
    return ['identity_id', 'A token has one owner: name owner_email or identity_id'];
  for (const what of ['created', 'expires', 'last_used'] as const) {
    const [after, before] = [parseTimestamp(input[`${what}_after`]), parseTimestamp(input[`${what}_before`])];
    if (after !== undefined && before !== undefined && after >= before)
      return [`${what}_before`, `${what}_before should be later than ${what}_after`];
  }
  if (input.status === 'revoked' && input.include_revoked === false)
    return ['include_revoked', 'With the status revoked, revoked tokens are meant'];
  if (input.never_expires === true && (input.expires_after ?? input.expires_before) !== undefined)
    return ['never_expires', 'A token that never expires has no expiry before or after any moment'];
  if (input.unused_days !== undefined && (input.last_used_after ?? input.last_used_before) !== undefined)
    return ['unused_days', 'Name unused_days, or last_used_before and last_used_after'];
  const { scopes_has: has = [], scopes_only: only } = input;
  if (only !== undefined && has.some((scope) => !only.includes(scope)))
    return ['scopes_has', 'Scopes of scopes_has should be among those of scopes_only'];
  const values = new Map<string, string>();
  for (const [name, value] of input.metadata ?? []) {
    if ((values.get(name) ?? value) !== value)
      return ['metadata', 'A name in metadata has one value at a time'];
    values.set(name, value);
  }
  return null;
}

function parseTimestamp(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

type Present<Value> = { [Name in keyof Value]?: Exclude<Value[Name], undefined> };

function withoutUndefined<Value extends object>(value: Value): Present<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Present<Value>;
}
