import type { StoredEvent } from '../audit/trail/stored-event.js';

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
