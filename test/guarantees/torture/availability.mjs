// @ts-check
/** What may go wrong on a loaded machine, in parts of what was asked, and a few besides. */
const UNAVAILABLE_SHARE_MAX = 0.01;
const UNAVAILABLE_MAX = 3;
const LATE_SHARE_MAX = 0.02;
const LATE_MAX = 3;
/** With all verifiers well, confirming a revocation costs a few round trips more than issuing a token. */
const REVOKE_TO_ISSUE_RATIO_MAX = 3;
const COMPARED_MIN = 30;
/** Beyond the longest lease and its margins: what polling, and a machine that is busy with everything else, take at least. */
const LATE_MARGIN_MS = 400;

/**
 * Judges what no verdict shows: that verdicts are given (R5 is no excuse when nothing is wrong), and in time (R2).
 *
 * - `unavailable-when-calm`: a verifier gave too few answers while neither it nor the database was under a fault.
 * - `revocation-slow-when-calm`: with nobody under a fault, revocations had to wait out leases, or took several
 *   times as long as issuing, which waits for no verifier.
 * - `revocation-late`: with nothing wrong where it was asked for, one took longer than the longest lease, and than issuing
 *   takes on a machine that has time for neither.
 *
 * @param {import('./history.mjs').History} history
 * @param {import('./fault-windows.mjs').FaultWindows} windows
 * @param {Set<number>} excused whose answers are not asked for
 */
export function checkAvailability(history, windows, leaseMs, excused = new Set()) {
  return [...checkAnswers(history, windows, excused), ...checkRevocations(history, windows, leaseMs)];
}

function checkAnswers(history, windows, excused) {
  const byVerifier = new Map();
  for (const { verifier, outcome, startMs, endMs } of history.verifications()) {
    if (excused.has(verifier) || !windows.isCalm(verifier, startMs, endMs)) continue;
    const counts = byVerifier.get(verifier) ?? { asked: 0, unavailable: 0, unanswered: 0 };
    byVerifier.set(verifier, counts);
    counts.asked++;
    if (outcome in counts) counts[outcome]++;
  }
  return [...byVerifier].flatMap(([verifier, { asked, unavailable, unanswered }]) =>
    unavailable + unanswered > UNAVAILABLE_MAX + asked * UNAVAILABLE_SHARE_MAX
      ? [{ kind: 'unavailable-when-calm', verifier, asked, unavailable, unanswered }]
      : [],
  );
}

function checkRevocations(history, windows, leaseMs) {
  const violations = [];
  const revocations = history.changes.filter(({ kind, receipt }) => kind === 'revoke' && receipt);
  const calm = revocations.filter(({ startMs, endMs }) => windows.isCalm('any', startMs, endMs));
  const waited = calm.filter(({ receipt }) => receipt.verifiers_waited_out > 0);
  if (isTooMuch(waited.length, calm.length))
    violations.push({ kind: 'revocation-slow-when-calm', of: calm.length, waitedOutALease: waited.length });
  const issued = history.changes.filter(({ kind, ok }) => kind === 'issue' && ok);
  const issues = issued.filter(({ startMs, endMs }) => windows.isCalm('any', startMs, endMs));
  const [revokeMs, issueMs] = [calm, issues.length < COMPARED_MIN ? issued : issues].map(medianMs);
  const comparable = Math.min(calm.length, issues.length) >= COMPARED_MIN;
  if (comparable && revokeMs > issueMs * REVOKE_TO_ISSUE_RATIO_MAX)
    violations.push({ kind: 'revocation-slow-when-calm', revokeMs, issueMs });
  const undisturbed = revocations.filter(({ verifier, startMs, endMs }) =>
    windows.isCalm(verifier, startMs, endMs),
  );
  const boundMs = leaseMs * 1.2 + 10 + Math.max(LATE_MARGIN_MS, issueMs);
  const late = undisturbed.filter(({ receipt }) => receipt.duration_ms > boundMs);
  if (isTooMuch(late.length, undisturbed.length))
    violations.push({
      kind: 'revocation-late',
      of: undisturbed.length,
      boundMs,
      lateMs: late.map(({ receipt }) => Math.round(receipt.duration_ms)),
    });
  return violations;
}

function isTooMuch(count, of) {
  return count > LATE_MAX + of * LATE_SHARE_MAX;
}

function medianMs(changes) {
  const durations = changes.map(({ startMs, endMs }) => endMs - startMs).sort((left, right) => left - right);
  return durations[durations.length >> 1] ?? 0;
}
