/** Why a stream ends, and the close code that says so (RFC 6455 §7.4.2: 4000 and above are ours). */
export const CLOSE_CODES = {
  left: 1000,
  going_away: 1001,
  protocol_error: 4400,
  credential_ended: 4401,
  too_slow: 4408,
  too_large: 4413,
  too_many: 4429,
} as const;

export type CloseReason = keyof typeof CLOSE_CODES;
