import type { StoredEvent } from '../audit/trail/stored-event.js';
import type { AuditDetails } from '../log-format/audit-action.js';
import { columnOf, compiled, literal, LOGGED_LABELS } from '../token-schema/derived.js';
import type { LoggedLabels } from '../token-schema/token-schema.js';

/** What the event `token.revoked` says of a revocation. */
export interface LoggedRevocation {
  jti: unknown;
  revokedAt: Date;
  /** undefined: an event of a version that did not say it. */
  revokedBy: string | null | undefined;
  reason: string | null;
  /** The cut-off that revoked it; null: it has a revocation of its own. */
  revokedWith: string | null;
}

/** For a token that was cut off, the event is that of its marking, which contains the time of the cut-off. */
export function loggedRevocation({ details, occurred_at, reason }: StoredEvent): LoggedRevocation {
  const { jti, cause, revoked_at: at, revoked_by: by, revoked_with: cutOff } = details;
  return {
    jti,
    revokedAt: typeof at === 'string' ? new Date(at) : occurred_at,
    revokedBy: by as string | null | undefined,
    reason,
    revokedWith: cause === 'cut_off' ? (cutOff as string) : null,
  };
}

type Facts = Omit<LoggedRevocation, 'jti'>;

/** Whether the row of a token says of its revocation what its event does. */
export function isAsLogged(row: Facts, logged: Facts): boolean {
  const { revokedAt, revokedBy = row.revokedBy, reason, revokedWith } = logged;
  return (
    row.revokedAt.getTime() === revokedAt.getTime() &&
    row.revokedBy === revokedBy &&
    row.reason === reason &&
    row.revokedWith === revokedWith
  );
}

/** What the log says about a token. `undefined`: nothing. */
export interface LoggedToken {
  kind: 'api' | 'session' | undefined;
  scopes: readonly string[] | undefined;
  owner: string | undefined;
  expiresAt: string | null | undefined;
  labels: Partial<LoggedLabels>;
  trustedIps: readonly string[] | null | undefined;
  /** The first; null: none. */
  revocation: LoggedRevocation | null;
}

interface LoggedMember {
  email: string | undefined;
  /** Every address that it had: as `LoggedIdentity.names`. */
  emails: Set<string>;
  role: string | undefined;
  isRemoved: boolean;
}

interface LoggedIdentity {
  role: string | undefined;
  /** Every name that it had: events of tokens name the owner as of their time. */
  names: Set<string>;
  isActive: boolean;
}

/** The actions that {@link LoggedState} reads. */
export const STATE_ACTIONS = [
  'token.issued',
  'session.opened',
  'platform.token_issued',
  'token.changed',
  'token.rotated',
  'token.renewed',
  'token.revoked',
  'token.cut_off',
  'member.added',
  'member.changed',
  'member.removed',
  'member.deactivated',
  'member.activated',
  'identity.created',
  'identity.changed',
  'identity.disabled',
  'identity.enabled',
  'business.suspended',
  'business.resumed',
] as const;

const NO_TOKEN: LoggedToken = {
  kind: undefined,
  scopes: undefined,
  owner: undefined,
  expiresAt: undefined,
  labels: {},
  trustedIps: undefined,
  revocation: null,
};

/** The state of tokens, members, identities and the business according to the events of one log, applied in order. */
export class LoggedState {
  readonly tokens = new Map<string, LoggedToken>();
  readonly members = new Map<string, LoggedMember>();
  readonly identities = new Map<string, LoggedIdentity>();
  /** The cut-offs, in milliseconds. */
  readonly cutOffs = new Map<string, number>();
  isSuspended = false;

  take(event: StoredEvent): void {
    const { action, details, outcome, target_id: id } = event;
    if (outcome !== 'success' || id === null) return;
    const text = (name: string): string | undefined => {
      const value = details[name];
      return typeof value === 'string' ? value : undefined;
    };
    const [kind] = action.split('.');
    if (action === 'token.cut_off') this.takeCutOff(text('subject'), text('not_before'));
    else if (kind === 'token' || kind === 'session' || kind === 'platform') this.takeToken(event, id);
    else if (kind === 'member') {
      const known = this.members.get(id);
      const emails = [text('email'), text('email_before')].filter((email) => email !== undefined);
      this.members.set(id, {
        email: text('email') ?? known?.email,
        emails: new Set([...(known?.emails ?? []), ...emails]),
        role: text('role_after') ?? text('role') ?? known?.role,
        isRemoved:
          action === 'member.removed' || action === 'member.deactivated'
            ? true
            : action !== 'member.activated' && (known?.isRemoved ?? false),
      });
    } else if (kind === 'identity') {
      const known = this.identities.get(id);
      const names = [text('name'), text('name_before'), text('name_after')].filter(
        (name) => name !== undefined,
      );
      this.identities.set(id, {
        role: text('role_after') ?? text('role') ?? known?.role,
        names: new Set([...(known?.names ?? []), ...names]),
        isActive:
          action === 'identity.disabled' ? false : action === 'identity.enabled' || (known?.isActive ?? true),
      });
    } else this.isSuspended = action === 'business.suspended';
  }

  /** What events have called a member or an identity, ever. */
  labelsOf(ownerId: string | null): ReadonlySet<string> | undefined {
    return this.members.get(ownerId ?? '')?.emails ?? this.identities.get(ownerId ?? '')?.names;
  }

  private takeCutOff(subject = '', notBefore = ''): void {
    this.cutOffs.set(subject, Math.max(Date.parse(notBefore), this.cutOffs.get(subject) ?? 0));
  }

  private takeToken(event: StoredEvent, id: string): void {
    const { action, details } = event;
    const known = this.tokens.get(id) ?? NO_TOKEN;
    const {
      scopes,
      owner,
      expires_at: expiresAt,
      expires_at_after: renewed,
      replaced_by: successor,
      trusted_ips_after: after,
    } = details;
    if (action === 'token.revoked')
      this.tokens.set(id, { ...known, revocation: known.revocation ?? loggedRevocation(event) });
    else if (action === 'token.changed')
      this.tokens.set(id, {
        ...known,
        labels: { ...known.labels, ...labelsAfter(details) },
        trustedIps: after === undefined ? known.trustedIps : (after as string[] | null),
      });
    else if (action === 'token.renewed')
      // The older name is that of 0.1 and 0.2.
      this.tokens.set(id, {
        ...known,
        expiresAt: (renewed === undefined ? expiresAt : renewed) as string | null,
      });
    else if (action === 'token.issued' || action === 'session.opened')
      this.tokens.set(id, {
        kind: action === 'token.issued' ? 'api' : 'session',
        scopes: scopes as string[],
        owner: owner as string,
        expiresAt: expiresAt as string | null,
        labels: labelsAtIssue(details),
        // The addresses of tokens of Token Auth follow those of their identity.
        trustedIps: details.dialect === 'infisical' ? undefined : (details.trusted_ips as string[] | null),
        revocation: null,
      });
    else {
      // Earlier versions did not say the scopes: there was one.
      this.tokens.set(
        id,
        action === 'platform.token_issued'
          ? { ...known, kind: 'api', scopes: scopes as string[] | undefined }
          : known,
      );
      // The successor of a rotation has the scopes and the owner of the replaced token. In 0.1 and 0.2 it has no event
      // of its own.
      if (action === 'token.rotated' && typeof successor === 'string' && !this.tokens.has(successor))
        this.tokens.set(successor, {
          ...NO_TOKEN,
          kind: known.kind,
          scopes: known.scopes,
          owner: known.owner,
        });
    }
  }
}

const labelsAtIssue = compiled<(details: AuditDetails) => LoggedLabels>(
  'details',
  literal(LOGGED_LABELS.map((name) => [name, `details.${columnOf(name)} ?? null`])),
);

function labelsAfter(details: AuditDetails): Partial<LoggedLabels> {
  const after = LOGGED_LABELS.map((name) => [name, details[`${columnOf(name)}_after`]]);
  return Object.fromEntries(after.filter(([, value]) => value !== undefined)) as Partial<LoggedLabels>;
}
