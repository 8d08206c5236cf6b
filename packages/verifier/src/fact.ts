import { inactive, type ActiveVerdict, type InactiveVerdict, type VerifiedOwner } from './verdict.js';

/** What a server answered about one secret, without a check of scopes. */
export interface Fact {
  readonly verdict: ActiveVerdict | InactiveVerdict;
  /** Whether it may be remembered under the lease; false: the answer to one question only. */
  readonly cacheable: boolean;
  /** Addresses and CIDRs that may present the secret; null: any, or the server has checked it. */
  readonly trustedIps: readonly string[] | null;
  /** In milliseconds of database time; Infinity: never. */
  readonly expiresAtMs: number;
}

type Json = Record<string, unknown>;

/** The verdict, frozen; null: not a verdict of a Rescind server. Unknown members are left out. */
export function readVerdict(value: unknown): ActiveVerdict | InactiveVerdict | null {
  if (!isObject(value)) return null;
  if (value.active === false) {
    const { reason } = value;
    return typeof reason === 'string' ? inactive(reason as InactiveVerdict['reason']) : null;
  }
  return value.active === true ? readActive(value) : null;
}

function readActive(value: Json): ActiveVerdict | null {
  const { id, jti, business_id, name, scopes, expires_at, created_at } = value;
  // Servers before 0.3 have neither.
  const { external_id = null, metadata = null } = value;
  const owner = readOwner(value.owner);
  if (typeof id !== 'string' || typeof jti !== 'string' || typeof business_id !== 'string') return null;
  if (owner === null || !isStringOrNull(name) || !isStrings(scopes)) return null;
  if (!isStringOrNull(external_id) || (metadata !== null && !isObject(metadata))) return null;
  if (!isStringOrNull(expires_at) || typeof created_at !== 'string') return null;
  const verdict = {
    active: true as const,
    id,
    jti,
    business_id,
    owner,
    name,
    external_id,
    metadata: metadata === null ? null : deeplyFrozen(metadata),
    scopes,
    expires_at,
    created_at,
  };
  Object.freeze(scopes);
  return Object.freeze(verdict);
}

function deeplyFrozen<Value extends object>(value: Value): Readonly<Value> {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) deeplyFrozen(inner as object);
  return Object.freeze(value);
}

function readOwner(value: unknown): VerifiedOwner | null {
  if (!isObject(value)) return null;
  const { kind, id, name, email, role } = value;
  if (kind !== 'user' && kind !== 'identity' && kind !== 'platform') return null;
  if (typeof name !== 'string') return null;
  if (!isStringOrNull(id) || !isStringOrNull(email) || !isStringOrNull(role)) return null;
  return Object.freeze({ kind, id, name, email, role });
}

/** null: not a fact of a Rescind server. */
export function readFact(value: Json): Fact | null {
  const { cacheable, trusted_ips, expires_at_ms } = value;
  const verdict = readVerdict(value.verdict);
  if (verdict === null || typeof cacheable !== 'boolean') return null;
  if (trusted_ips !== null && trusted_ips !== undefined && !isStrings(trusted_ips)) return null;
  if (expires_at_ms !== null && expires_at_ms !== undefined && !Number.isFinite(expires_at_ms)) return null;
  return {
    verdict,
    cacheable: cacheable && verdict.active,
    trustedIps: trusted_ips ?? null,
    expiresAtMs: (expires_at_ms as number | null | undefined) ?? Infinity,
  };
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStringOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
