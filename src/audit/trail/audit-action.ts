/** A value that survives jsonb and RFC 8785 unchanged: no floats, no nesting below one list. */
export type AuditDetail = string | number | boolean | null | string[];
export type AuditDetails = Record<string, AuditDetail>;

/**
 * The closed union of everything the log can say, with the details each action carries. A new action is one
 * line here; the compiler then asks for its details at the call, and docs/audit.md is generated from it.
 * Details never hold a secret, a digest or anything a caller guessed.
 */
export interface AuditDetailsByAction {
  'token.issued': {
    name: string;
    owner: string;
    scopes: string[];
    expires_at: string | null;
    dialect: string;
    issued_by_token: string | null;
  };
  'token.renamed': { name_before: string | null; name_after: string | null };
  'token.rotated': { replaced_by: string; grace_ends_at: string | null };
  'token.renewed': { expires_at: string | null };
  'token.revoked': {
    jti: string;
    name: string | null;
    owner: string;
    cause: string;
    revoked_with: string | null;
  };
  'member.added': { email: string; role: string };
  'member.changed': { email: string; role_before: string; role_after: string };
  'member.removed': { email: string; tokens_revoked: number };
  'identity.created': { name: string; role: string };
  'identity.changed': {
    name_before: string;
    name_after: string;
    role_before: string;
    role_after: string;
  };
  'identity.disabled': { name: string; tokens_revoked: number };
  'identity.enabled': { name: string };
  'identity.token_auth_attached': {
    ttl_seconds: number;
    max_ttl_seconds: number;
    uses_limit: number;
    trusted_ips: string[];
  };
  'identity.token_auth_changed': {
    ttl_seconds: number;
    max_ttl_seconds: number;
    uses_limit: number;
    trusted_ips: string[];
  };
  'identity.token_auth_detached': { tokens_revoked: number };
  'business.created': { name: string; slug: string; token_prefix: string };
  'business.changed': { changed: string[] };
  'business.suspended': { name: string };
  'business.resumed': { name: string };
  'platform.token_issued': { name: string; origin: string; issued_by_token: string | null };
  'access.denied': { method: string; route: string; code: string; count: number };
  'authentication.failed': {
    count: number;
    prefix: string | null;
    public_id: string | null;
    failure: string;
  };
  'audit.read': { filter: string };
  'audit.exported': { filter: string; format: string };
  'audit.retention_changed': { months_before: number | null; months_after: number | null };
  'audit.retention_applied': {
    months: string[];
    events_dropped: number;
    through_sequence: number;
    archive: string | null;
  };
}

export type AuditAction = keyof AuditDetailsByAction;

/** Every action, for what has to name them at run time; a missing one does not compile. */
const EVERY_ACTION: Record<AuditAction, true> = {
  'token.issued': true,
  'token.renamed': true,
  'token.rotated': true,
  'token.renewed': true,
  'token.revoked': true,
  'member.added': true,
  'member.changed': true,
  'member.removed': true,
  'identity.created': true,
  'identity.changed': true,
  'identity.disabled': true,
  'identity.enabled': true,
  'identity.token_auth_attached': true,
  'identity.token_auth_changed': true,
  'identity.token_auth_detached': true,
  'business.created': true,
  'business.changed': true,
  'business.suspended': true,
  'business.resumed': true,
  'platform.token_issued': true,
  'access.denied': true,
  'authentication.failed': true,
  'audit.read': true,
  'audit.exported': true,
  'audit.retention_changed': true,
  'audit.retention_applied': true,
};

export const AUDIT_ACTIONS = Object.keys(EVERY_ACTION) as AuditAction[];
