/** The expiry of a token for which nobody asked for one, if it must have one. */
export const LIFETIME_DAYS_DEFAULT = 365;

const DAY_MS = 24 * 60 * 60 * 1000;

/** When a token made now expires; null: never. */
export function expiryInDays(days: number | null, nowMs: number): Date | null {
  return days === null ? null : new Date(nowMs + days * DAY_MS);
}

/** The expiry of a replacement: from now, with the same lifetime as the replaced token. */
export function expiryOfReplacement(createdAt: Date, expiresAt: Date | null, nowMs: number): Date | null {
  return expiresAt === null ? null : new Date(nowMs + (expiresAt.getTime() - createdAt.getTime()));
}

/** The earliest of these moments; null: there is none. */
export function earliest(...moments: (Date | null)[]): Date | null {
  const given = moments.flatMap((moment) => (moment === null ? [] : [moment.getTime()]));
  return given.length === 0 ? null : new Date(Math.min(...given));
}

/** From the issue of a token to its expiry; null: it never expires. */
export function lifetimeSeconds({
  createdAt,
  expiresAt,
}: {
  createdAt: Date;
  expiresAt: Date | null;
}): number | null {
  return expiresAt === null ? null : Math.round((expiresAt.getTime() - createdAt.getTime()) / 1000);
}

export type TokenStatus = 'active' | 'expired' | 'revoked';

export function tokenStatusAt(
  token: { revokedAt: Date | null; expiresAt: Date | null; graceEndsAt: Date | null },
  nowMs: number,
): TokenStatus {
  if (token.revokedAt !== null) return 'revoked';
  const ended = (date: Date | null): boolean => date !== null && date.getTime() <= nowMs;
  return ended(token.expiresAt) || ended(token.graceEndsAt) ? 'expired' : 'active';
}
