import { registerAs } from '@nestjs/config';
import { integer, list, text } from './environment.js';

/** The least that leaves one to a token, which has half. */
const SHARE_MIN = 2;

/** Management calls a second in one business; one token, half of them. */
const businessCalls = (): number => integer('RESCIND_BUSINESS_CALL_LIMIT', 100, SHARE_MIN, 10_000_000);
/** What else a business may have grows with how often it may call. */
const ofCalls = (part: number): number => Math.max(Math.ceil(businessCalls() * part), SHARE_MIN);

export const policyConfig = registerAs('policy', () => ({
  /** Active tokens one owner may hold; 0 means no cap. */
  activeTokensPerOwnerMax: integer('RESCIND_TOKENS_PER_OWNER_MAX', 0, 0, 1_000_000),
  /** Scopes that exist; empty: any well-formed scope. */
  scopeCatalogue: list('RESCIND_SCOPE_CATALOGUE'),
  /** Requests a minute from one address on routes that no credential guards. */
  openRouteRequestsPerMinute: integer('RESCIND_OPEN_ROUTE_LIMIT', 600, 1, 10_000_000),
  /** Failed authentications a minute from one address before it must wait. */
  failedAuthenticationsPerMinute: integer('RESCIND_FAILED_AUTH_LIMIT', 60, 1, 10_000_000),
  businessCallsPerSecond: businessCalls(),
  /** The same for calls that are denied, of whatever kind. */
  businessDenialsPerSecond: ofCalls(1 / 5),
  /** Live streams of the audit log open in one business; by one token, half of them. */
  businessStreamsMax: ofCalls(1 / 2),
  /** The same for exports. */
  businessExportsMax: ofCalls(1 / 25),
  /** Revocations through all businesses of more tokens than this wait for a second person; -1: none does. */
  platformApprovalAbove: integer('RESCIND_PLATFORM_APPROVAL_ABOVE', -1, -1, 2_147_483_647),
  /** How long a second person may take. */
  approvalSeconds: integer('RESCIND_APPROVAL_SECONDS', 3600, 1, 2_592_000),
  /** RFC 7009: possession of the secret is enough to revoke it. */
  revokeByPossession: text('RESCIND_REVOKE_BY_POSSESSION') !== '0',
  /** The latest `exp` that an introspection states, in seconds from now; 0: that of the token. */
  introspectionSeconds: integer('RESCIND_INTROSPECTION_SECONDS', 0, 0, 31_536_000),
}));
