/** What a revocation takes along. */
export interface RevocationReach {
  /** The tokens that rotations put in its place. */
  successors: boolean;
  /** The tokens that were issued with it, their successors, and so on. */
  children: boolean;
}

export const ITSELF_ALONE: RevocationReach = { successors: false, children: false };

/** Somebody else has the secret: what they made with it is theirs as well. */
const EMERGENCY = /^leaked/i;

/** As asked for; unless it is, everything when the reason is `leaked` or begins so, in capitals or small letters. */
export function reachOf(asked: {
  reason?: string | null;
  successors?: boolean | null;
  children?: boolean | null;
}): RevocationReach {
  const everything = EMERGENCY.test(asked.reason ?? '');
  return { successors: asked.successors ?? everything, children: asked.children ?? everything };
}
