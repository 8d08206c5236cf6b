import { refusal } from '../../common/errors/domain-error.js';
import type { TokenPolicy } from '../../directory/businesses/business.entity.js';
import type { ChangeTokenPolicyDto } from './token-policy.dto.js';

/** What of the policy a request changes. */
export function policyChangesIn(input: ChangeTokenPolicyDto): Partial<TokenPolicy> {
  const changes: Partial<TokenPolicy> = {
    tokenLifetimeDaysMax: input.token_lifetime_days_max,
    tokenExpiryRequired: input.token_expiry_required,
    tokenUnusedDaysMax: input.token_unused_days_max,
    tokenUnusedNoticeDays: input.token_unused_notice_days,
    tokenRotationDays: input.token_rotation_days,
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

/** @throws DomainError `input.invalid` for a warning that would come before the token is unused at all */
export function demandPolicy({ tokenUnusedDaysMax, tokenUnusedNoticeDays }: TokenPolicy): void {
  if (tokenUnusedDaysMax === null || tokenUnusedNoticeDays < tokenUnusedDaysMax) return;
  const msg = `token_unused_notice_days (${tokenUnusedNoticeDays}) should be less than token_unused_days_max`;
  throw refusal('input.invalid', {
    issues: [{ loc: ['body', 'token_unused_days_max'], msg, type: 'value_error' }],
  });
}

/** Before and after, as the log tells it. */
export function policyDetails(before: TokenPolicy, after: TokenPolicy) {
  return {
    token_lifetime_days_max_before: before.tokenLifetimeDaysMax,
    token_lifetime_days_max_after: after.tokenLifetimeDaysMax,
    token_expiry_required_before: before.tokenExpiryRequired,
    token_expiry_required_after: after.tokenExpiryRequired,
    token_unused_days_max_before: before.tokenUnusedDaysMax,
    token_unused_days_max_after: after.tokenUnusedDaysMax,
    token_unused_notice_days_before: before.tokenUnusedNoticeDays,
    token_unused_notice_days_after: after.tokenUnusedNoticeDays,
    token_rotation_days_before: before.tokenRotationDays,
    token_rotation_days_after: after.tokenRotationDays,
  };
}
