// @ts-check
/** The checker and the database agree on milliseconds only. */
const ROUNDING_MS = 20;

const ALL_WAYS = ['verify', 'introspect', 'gateway', 'scoped', 'addressed', 'acted'];

/**
 * @type {Record<string, {subjectOf: (token: any) => string | null, ways: string[], outcomes: string[]}>}
 * What refuses a token for a time, and comes and goes: whose it is, in which ways of asking it shows, and how the
 * refusal reads. Each is found as `active-while-…`.
 */
const CONDITIONS = {
  suspended: { subjectOf: ({ business }) => business, ways: ALL_WAYS, outcomes: ['suspended', 'inactive'] },
  demoted: { subjectOf: ({ owner }) => owner, ways: ['scoped'], outcomes: ['denied'] },
  bound: { subjectOf: ({ owner }) => owner, ways: ['addressed'], outcomes: ['ip_not_allowed'] },
  // The primary commits nothing that its standby has: whoever believes it may be believing a deposed one.
  'cut-off': { subjectOf: () => 'primary', ways: ALL_WAYS, outcomes: [] },
};

const SAYS_NOTHING = new Set(['unavailable', 'unanswered']);

/**
 * Judges a history.
 *
 * - `active-after-refusal`: a verification that started after a revocation had been answered, or after whatever else
 *   ends a token, answered active. What is not answered by a barrier (an operator's UPDATE; a revocation that was
 *   seen to have happened, but whose call had no answer) may be believed for one lease term longer.
 * - `active-while-…`: one that lay wholly between the answered begin of a condition and the call that ended it.
 * - `used-too-often`: more verifications were answered active than the token had uses.
 * - `refused-without-cause`: one that ended before anything had been begun that could refuse the token so. Without
 *   this check, a verifier that refuses everything would pass. What is issued after a cut-off was answered is not covered by it.
 *
 * @param {import('./history.mjs').History} history
 * @param {number} leaseMs the longest lease term of any verifier
 */
export function checkHistory(history, leaseMs) {
  const byOwner = groupTokens(history.tokens, ({ owner }) => owner);
  const refusedFrom = refusals(history, byOwner, leaseMs);
  const causedFrom = causes(history, byOwner);
  const conditions = conditionsOf(history.changes);
  const violations = checkUses(history);
  for (const seen of history.verifications()) {
    if (SAYS_NOTHING.has(seen.outcome)) continue;
    const report = (kind, refusedFromMs) => violations.push({ kind, refusedFromMs, ...seen });
    const applying = conditionsOn(history.tokens[seen.token], seen, conditions);
    if (seen.outcome === 'active') {
      if (seen.startMs > refusedFrom[seen.token]) report('active-after-refusal', refusedFrom[seen.token]);
      for (const { name, known } of applying) {
        const within = known.certain.find(
          ({ fromMs, untilMs }) => seen.startMs > fromMs && seen.endMs < untilMs,
        );
        if (within) report(`active-while-${name}`, within.fromMs);
      }
    } else if (seen.outcome !== 'exhausted') {
      const explaining = applying.filter(({ outcomes }) => outcomes.includes(seen.outcome));
      const ended = ENDS.has(seen.outcome) ? causedFrom[seen.token] : Infinity;
      const cause = Math.min(ended, ...explaining.map(({ known }) => known.firstBegunMs));
      if (seen.endMs < cause) report('refused-without-cause', cause);
    }
  }
  return { violations };
}

/** Refusals that the end of a token explains; 'unknown' as well, for want of anything that would. */
const ENDS = new Set(['revoked', 'expired', 'inactive', 'unknown']);

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
      case 'cut-off':
        for (const token of byOwner.get(change.owner) ?? [])
          if (history.tokens[token].knownMs < change.startMs) refuse(token, change.endMs);
        break;
    }
  }
  // Seen revoked once: whoever still says otherwise may do so on a lease from before, and no longer.
  for (const { token, outcome, endMs } of history.verifications())
    if (outcome === 'revoked') refuse(token, endMs + leaseMs + ROUNDING_MS);
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
  for (const { kind, token, owner, startMs, endMs } of history.changes) {
    if (kind === 'end-owner') for (const each of byOwner.get(owner) ?? []) begin(each, startMs);
    else if (kind === 'cut-off') {
      // What was asked for once it had been answered is good.
      for (const each of byOwner.get(owner) ?? [])
        if (history.tokens[each].askedMs < endMs) begin(each, startMs);
    } else if (token !== undefined) begin(token, startMs);
  }
  return from;
}

/** Per condition and subject: the times when it certainly held, and when it was first begun. */
function conditionsOf(changes) {
  const conditions = new Map();
  const ordered = changes
    .filter(({ kind }) => kind === 'begin' || kind === 'end')
    .sort((left, right) => left.startMs - right.startMs);
  for (const { kind, condition, subject, startMs, endMs, ok } of ordered) {
    const key = `${condition} ${subject}`;
    const known = conditions.get(key) ?? { certain: [], firstBegunMs: startMs };
    conditions.set(key, known);
    if (kind === 'begin' && ok) known.certain.push({ fromMs: endMs, untilMs: Infinity });
    const last = known.certain.at(-1);
    if (kind === 'end' && last) last.untilMs = Math.min(last.untilMs, startMs);
  }
  return conditions;
}

function conditionsOn(token, { way }, conditions) {
  const applying = [];
  for (const [name, { subjectOf, ways, outcomes }] of Object.entries(CONDITIONS)) {
    const known = conditions.get(`${name} ${subjectOf(token)}`);
    if (known !== undefined && ways.includes(way)) applying.push({ name, known, outcomes });
  }
  return applying;
}

/** No more uses of a token were granted than it has, and none was refused before another had been asked for. */
function checkUses(history) {
  const violations = [];
  const uses = new Map();
  for (const seen of history.verifications()) {
    const { usesMax } = history.tokens[seen.token];
    if (usesMax === Infinity) continue;
    const known = uses.get(seen.token) ?? { granted: 0, startsMs: [] };
    uses.set(seen.token, known);
    known.startsMs.push(seen.startMs);
    if (seen.outcome === 'active' && ++known.granted > usesMax)
      violations.push({ kind: 'used-too-often', ...seen });
  }
  for (const seen of history.verifications()) {
    if (seen.outcome !== 'exhausted') continue;
    const { startsMs } = uses.get(seen.token);
    const others = startsMs.filter((ms) => ms < seen.endMs).length - 1;
    if (others < history.tokens[seen.token].usesMax)
      violations.push({ kind: 'refused-without-cause', ...seen });
  }
  return violations;
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
