import type { LabelsInChange, LabelsInIssue } from '../token-schema/token-schema.js';

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
    description: string | null;
    owner: string;
    /** null: the platform. */
    owner_id: string | null;
    scopes: string[];
    expires_at: string | null;
    /** What it is bound to; null: nothing. */
    trusted_ips: string[] | null;
    ttl_seconds: number | null;
    max_ttl_seconds: number | null;
    uses_limit: number | null;
    dialect: string;
    issued_by_token: string | null;
    /** The token that it succeeds by a rotation. */
    replaces: string | null;
  } & LabelsInIssue;
  'token.changed': {
    name_before: string | null;
    name_after: string | null;
    description_before: string | null;
    description_after: string | null;
  } & LabelsInChange & {
      /** What it is bound to; null: nothing. */
      trusted_ips_before?: string[] | null;
      trusted_ips_after?: string[] | null;
    };
  /** Somebody searched for tokens by traces of them. Says how much was searched for, never what. */
  'token.searched': { by: string; strings: number; found: number };
  'token.rotated': { replaced_by: string; grace_ends_at: string | null };
  'token.renewed': { expires_at_before: string | null; expires_at_after: string | null };
  'token.revoked': {
    jti: string;
    name: string | null;
    owner: string;
    cause: string;
    revoked_with: string | null;
    revoked_by: string | null;
    /** True for a session; API tokens do not have it. */
    is_session?: true;
    claimed_user?: string;
    /**
     * For a token that this event marks after a cut-off: the time of the cut-off. Every other token is revoked by its
     * event.
     */
    revoked_at?: string;
  };
  'token.use_refused': {
    failure: string;
    use: string | null;
    count: number;
    first_at: string;
    last_at: string;
  };
  'token.leaked': { jti: string; source: string | null; url: string | null; response: string };
  /** The token expires within so many days: 30, 7 or 1. */
  'token.expiring': { name: string | null; owner: string; days: number; expires_at: string };
  /** Nobody has used the token for so long that the policy of its business will revoke it, from `revoked_from` on. */
  'token.unused': {
    name: string | null;
    owner: string;
    /** null: it was never used. */
    last_used_at: string | null;
    days: number;
    revoked_from: string;
  };
  /** The token has reached the age at which the policy of its business demands a rotation. */
  'token.rotation_due': { name: string | null; owner: string; days: number; issued_at: string };
  'token.cut_off': {
    shape: string;
    subject: string;
    /** The e-mail address or name at that time. */
    name: string | null;
    not_before: string;
    revoked_by: string;
    claimed_user?: string;
    /** The second person; the first one is `revoked_by`. */
    approved_by?: string;
    /** True when the platform revoked more tokens than one person may, without an approval. */
    break_glass?: true;
  };
  'token.cut_off_marked': { tokens_revoked: number };
  /** A revocation of selected tokens, which `system` marks row by row from here on. */
  'token.selection_revoked': {
    /** Canonical JSON (RFC 8785). */
    selector: string;
    tokens: number;
    revoked_by: string;
    claimed_user?: string;
    approved_by?: string;
    break_glass?: true;
  };
  'token.selection_marked': { tokens_revoked: number };
  /** Somebody asked what a revocation would do. */
  'revocation.previewed': { selector: string; issued_before: string | null; tokens: number };
  /** A revocation waits for a second person. */
  'revocation.asked': {
    selector: string;
    issued_before: string | null;
    tokens: number;
    asked_by: string;
    claimed_user?: string;
    expires_at: string;
  };
  'revocation.approved': { asked_by: string; approved_by: string; tokens: number };
  /** Nothing is revoked. When whoever asked has withdrawn it, `declined_by` is the same as `asked_by`. */
  'revocation.declined': {
    asked_by: string;
    declined_by: string;
    tokens: number;
    state_before: string;
    state_after: string;
  };
  /** Nobody approved it in time. */
  'revocation.expired': { asked_by: string };
  /** Somebody signed in. The target is the session, which is a token. */
  'session.opened': {
    owner: string;
    /** null: the platform. */
    owner_id: string | null;
    scopes: string[];
    expires_at: string;
    idle_seconds: number;
    trusted_ips: string[] | null;
    /** `token`, `oidc` or `recovery_code`. */
    method: string;
    /** The token that it was opened with. */
    issued_by_token: string | null;
    issuer?: string;
    subject?: string;
  };
  /** Somebody signed out, or was signed out. Its token.revoked follows. */
  'session.ended': { owner: string; method: string };
  'member.added': {
    email: string;
    name: string;
    role: string;
    /** The OpenID provider by whose word they were made a member when they first signed in. */
    provider?: string;
  };
  'member.changed': {
    email: string;
    name_before: string;
    name_after: string;
    role_before: string;
    role_after: string;
    mapped_role_before?: string | null;
    mapped_role_after?: string | null;
    manual_role_before?: string | null;
    manual_role_after?: string | null;
    role_pinned_before?: boolean;
    role_pinned_after?: boolean;
    /** The OpenID provider whose groups were mapped. */
    provider?: string;
    /** The token that had given the role of before, where that or its issuer was revoked with its children. */
    raised_by_token?: string;
    /** Where the address changed; `email` is the one after. */
    email_before?: string;
    email_after?: string;
  };
  'member.account_linked': {
    issuer: string;
    subject: string;
    provider?: string;
    /** False: the provider has to say that the person has the member's e-mail address. Earlier versions did not ask. */
    confirmed?: boolean;
  };
  'member.account_confirmed': { issuer: string; subject: string; provider: string };
  'member.account_unlinked': {
    issuer: string;
    subject: string;
    /** Sessions that had been opened with the account, and ended with this. Earlier versions ended none. */
    sessions_revoked?: number;
    /** The token that it was linked with, where that or its issuer was revoked with its children. */
    linked_by_token?: string;
  };
  'sign_in.failed': {
    /** `oidc` or `recovery_code`. */
    method: string;
    provider: string | null;
    failure: string;
    /** Who it was, where the provider has said so. */
    issuer: string | null;
    subject: string | null;
    count: number;
  };
  'recovery_code.made': { replaced: boolean };
  /** Somebody got in past the provider. */
  'access.break_glass': { method: string; email: string; code_made_at: string };
  'member.removed': { email: string; tokens_revoked: number };
  /** A directory has ended the membership, and may begin it again. */
  'member.deactivated': {
    email: string;
    tokens_revoked: number;
    /** The token that had added them, or let them back in, where that or its issuer was revoked with its children. */
    added_by_token?: string;
  };
  'member.activated': { email: string; name: string; role: string; tokens_revoked: number };
  /** What SCIM clients read back of a member; null: nothing was known. */
  'scim.user_changed': {
    external_id_before: string | null;
    external_id_after: string | null;
    /** Canonical JSON (RFC 8785). */
    attributes_before: string | null;
    attributes_after: string | null;
  };
  /** The members are ids. */
  'group.created': { name: string; external_id: string | null; members: string[] };
  'group.changed': {
    name_before: string;
    name_after: string;
    external_id_before: string | null;
    external_id_after: string | null;
    members_added: string[];
    members_removed: string[];
  };
  'group.deleted': { name: string; external_id: string | null; members: string[] };
  /** Which roles the groups of a directory give, each as `group: role`. */
  'role_mapping.changed': {
    groups_before: string[];
    groups_after: string[];
    default_role_before: string;
    default_role_after: string;
  };
  /** Which scopes of the product developers may give who have signed in without a token. */
  'developer_scopes.changed': { scopes_before: string[]; scopes_after: string[] };
  'identity.created': { name: string; description: string | null; role: string };
  'identity.changed': {
    name_before: string;
    name_after: string;
    description_before: string | null;
    description_after: string | null;
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
    ttl_seconds_before: number;
    ttl_seconds_after: number;
    max_ttl_seconds_before: number;
    max_ttl_seconds_after: number;
    uses_limit_before: number;
    uses_limit_after: number;
    trusted_ips_before: string[];
    trusted_ips_after: string[];
  };
  'identity.token_auth_detached': { tokens_revoked: number };
  'business.created': { name: string; slug: string; token_prefix: string };
  'business.changed': {
    name_before: string;
    name_after: string;
    slug_before: string;
    slug_after: string;
    token_prefix_before: string;
    token_prefix_after: string;
    leak_policy_before: string;
    leak_policy_after: string;
    token_lifetime_days_max_before: number | null;
    token_lifetime_days_max_after: number | null;
    token_expiry_required_before: boolean;
    token_expiry_required_after: boolean;
    token_unused_days_max_before: number | null;
    token_unused_days_max_after: number | null;
    token_unused_notice_days_before: number;
    token_unused_notice_days_after: number;
    token_rotation_days_before: number | null;
    token_rotation_days_after: number | null;
    approval_above_before: number | null;
    approval_above_after: number | null;
  };
  'business.suspended': { name: string };
  'business.resumed': { name: string };
  'platform.token_issued': {
    name: string;
    origin: string;
    scopes: string[];
    expires_at: string | null;
    issued_to: string | null;
    issued_by_token: string | null;
  };
  'access.denied': { method: string; route: string; code: string; count: number };
  'authentication.failed': {
    count: number;
    prefix: string | null;
    public_id: string | null;
    failure: string;
  };
  'receipt.issued': { revocation_sequence: number };
  'audit.read': { filter: string };
  'audit.exported': { filter: string; format: string };
  'audit.retention_changed': {
    months_before: number | null;
    months_after: number | null;
    /** null: at once. */
    effective_at: string | null;
  };
  'audit.retention_applied': {
    months: string[];
    events_dropped: number;
    through_sequence: number;
    archive: string | null;
    /** SHA-256 of the file, hexadecimal. */
    archive_sha256: string | null;
  };
  'service.started': {
    version: string;
    process: number;
    worker: number | null;
    /** Their ids. */
    pepper: string;
    signing_key: string;
    /** True when there was no earlier start to compare with. */
    is_first: boolean;
  };
  'service.stopped': { version: string; process: number; worker: number | null };
  'migrations.applied': { migrations: string[] };
  'settings.changed': {
    /** Never their values. */
    names: string[];
    /** Settings that cannot be compared, because the signing key of the last start is not available. */
    not_compared: string[];
  };
  'pepper.changed': { id_before: string; id_after: string };
  'signing_key.changed': { id_before: string; id_after: string };
  /** Root over the checkpoints of so many logs of businesses (docs/log-format.md). */
  'checkpoint.anchored': { logs: number; root: string };
  /** A witness knows another history of the platform's log (`inconsistent`), or a longer one (`ahead`). */
  'checkpoint.refused': { witness: string; reason: string; size: number };
  'integrity.violated': { fault: string; log: string; subject: string | null };
  'integrity.cleared': { log: string; faults: number };
  /** Rows of an earlier version got their MACs: tokens, and logs. */
  'integrity.adopted': { tokens: number; logs: number };
}

export type AuditAction = keyof AuditDetailsByAction;

/** Every action, for code that has to list them at run time; a missing one does not compile. */
const EVERY_ACTION: Record<AuditAction, true> = {
  'token.issued': true,
  'token.changed': true,
  'token.searched': true,
  'token.rotated': true,
  'token.renewed': true,
  'token.revoked': true,
  'token.use_refused': true,
  'token.leaked': true,
  'token.expiring': true,
  'token.unused': true,
  'token.rotation_due': true,
  'token.cut_off': true,
  'token.cut_off_marked': true,
  'token.selection_revoked': true,
  'token.selection_marked': true,
  'revocation.previewed': true,
  'revocation.asked': true,
  'revocation.approved': true,
  'revocation.declined': true,
  'revocation.expired': true,
  'session.opened': true,
  'session.ended': true,
  'member.added': true,
  'member.changed': true,
  'member.account_linked': true,
  'member.account_confirmed': true,
  'member.account_unlinked': true,
  'member.removed': true,
  'sign_in.failed': true,
  'recovery_code.made': true,
  'access.break_glass': true,
  'member.deactivated': true,
  'member.activated': true,
  'scim.user_changed': true,
  'group.created': true,
  'group.changed': true,
  'group.deleted': true,
  'role_mapping.changed': true,
  'developer_scopes.changed': true,
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
  'receipt.issued': true,
  'audit.read': true,
  'audit.exported': true,
  'audit.retention_changed': true,
  'audit.retention_applied': true,
  'service.started': true,
  'service.stopped': true,
  'migrations.applied': true,
  'settings.changed': true,
  'pepper.changed': true,
  'signing_key.changed': true,
  'checkpoint.anchored': true,
  'checkpoint.refused': true,
  'integrity.violated': true,
  'integrity.cleared': true,
  'integrity.adopted': true,
};

export const AUDIT_ACTIONS = Object.keys(EVERY_ACTION) as AuditAction[];
