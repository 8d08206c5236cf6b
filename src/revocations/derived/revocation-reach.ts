/** Which other tokens a revocation includes. */
export interface RevocationReach {
  /** The tokens that rotations put in its place. */
  successors: boolean;
  /** The tokens that were issued with it, their successors, and so on, and what they made that is no token (ADR 0106). */
  children: boolean;
}

export const ITSELF_ALONE: RevocationReach = { successors: false, children: false };

/** Somebody else has the secret, so the tokens that were made with it may be theirs as well. */
const EMERGENCY = /^leaked/i;

/** As requested. By default everything if the reason is `leaked` or begins with it, in any case. */
export function reachOf(asked: {
  reason?: string | null;
  successors?: boolean | null;
  children?: boolean | null;
}): RevocationReach {
  const everything = EMERGENCY.test(asked.reason ?? '');
  return { successors: asked.successors ?? everything, children: asked.children ?? everything };
}
