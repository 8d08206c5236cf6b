/** The checker and the database agree on milliseconds only. */
const ROUNDING_MS = 20;

/**
 * Judges a history.
 *
 * - `active-after-refusal`: a verification that started after a revocation had been answered, or after whatever else
 *   ends a token, answered active. What is not answered by a barrier (an operator's UPDATE; a revocation that was
 *   seen to have happened, but whose call had no answer) may be believed for one lease term longer.
 * - `active-while-suspended`: one that lay wholly between an answered suspension and the call that ended it.
 * - `refused-without-cause`: one that ended before anything had been begun that could end the token. Without this
 *   check, a verifier that refuses everything would pass.
 *
 * @param leaseMs the longest lease term of any verifier
 * @returns {violations: [{kind, token, verifier, startMs, endMs, refusedFromMs}]}
 */
export function checkHistory(history, leaseMs) {
  const byOwner = groupTokens(history.tokens, ({ owner }) => owner);
  const refusedFrom = refusals(history, byOwner, leaseMs);
  const causedFrom = causes(history, byOwner);
  const suspensions = suspensionsOf(history.changes);
  const violations = [];
  for (let index = 0; index < history.length; index++) {
    const seen = history.verification(index);
    const { business } = history.tokens[seen.token];
    const report = (kind, refusedFromMs) => violations.push({ kind, refusedFromMs, ...seen });
    if (seen.outcome === 'active') {
      if (seen.startMs > refusedFrom[seen.token]) report('active-after-refusal', refusedFrom[seen.token]);
      const suspended = suspensions.get(business)?.certain ?? [];
      const within = suspended.find(({ fromMs, untilMs }) => seen.startMs > fromMs && seen.endMs < untilMs);
      if (within) report('active-while-suspended', within.fromMs);
    } else if (seen.outcome === 'suspended') {
      if (seen.endMs < (suspensions.get(business)?.firstBegunMs ?? Infinity)) report('refused-without-cause');
    } else if (seen.endMs < causedFrom[seen.token]) report('refused-without-cause', causedFrom[seen.token]);
  }
  return { violations };
}

/** From when on each token must be refused; Infinity: never. */
function refusals(history, byOwner, leaseMs) {
  const from = new Float64Array(history.tokens.length).fill(Infinity);
  const refuse = (token, ms) => (from[token] = Math.min(from[token], ms));
  for (const change of history.changes) {
    if (!change.ok) continue;
    switch (change.kind) {
      case 'revoke':
        refuse(change.token, change.endMs);
        break;
      case 'operator-revoke':
        refuse(change.token, change.endMs + leaseMs + ROUNDING_MS);
        break;
      case 'rotate':
        refuse(
          change.token,
          change.graceMs === 0 ? change.endMs : change.endMs + change.graceMs + ROUNDING_MS,
        );
        break;
      case 'end-owner':
        for (const token of byOwner.get(change.owner) ?? []) refuse(token, change.endMs);
        break;
    }
  }
  // Seen revoked once: whoever still says otherwise may do so on a lease from before, and no longer.
  for (let index = 0; index < history.length; index++) {
    const { token, outcome, endMs } = history.verification(index);
    if (outcome === 'revoked') refuse(token, endMs + leaseMs + ROUNDING_MS);
  }
  return from;
}

/** When the first change was begun that could end each token; Infinity: none was. */
function causes(history, byOwner) {
  const from = new Float64Array(history.tokens.length).fill(Infinity);
  const begin = (token, ms) => {
    // A revocation ends the graces of all that the token replaced.
    for (let each = token; each !== null; each = history.tokens[each].replaces)
      from[each] = Math.min(from[each], ms);
  };
  for (const { kind, token, owner, startMs } of history.changes) {
    if (kind === 'end-owner') for (const each of byOwner.get(owner) ?? []) begin(each, startMs);
    else if (token !== undefined) begin(token, startMs);
  }
  return from;
}

/** Per business: the times of certain suspension, and when the first was begun. */
function suspensionsOf(changes) {
  const businesses = new Map();
  const ordered = changes
    .filter(({ kind }) => kind === 'suspend' || kind === 'resume')
    .sort((left, right) => left.startMs - right.startMs);
  for (const { kind, business, startMs, endMs, ok } of ordered) {
    const known = businesses.get(business) ?? { certain: [], firstBegunMs: startMs };
    businesses.set(business, known);
    if (kind === 'suspend' && ok) known.certain.push({ fromMs: endMs, untilMs: Infinity });
    const last = known.certain.at(-1);
    if (kind === 'resume' && last) last.untilMs = Math.min(last.untilMs, startMs);
  }
  return businesses;
}

function groupTokens(tokens, keyOf) {
  const groups = new Map();
  tokens.forEach((token, number) => {
    const key = keyOf(token);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(number);
  });
  return groups;
}
