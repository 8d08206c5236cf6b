// @ts-check
import { CHILDREN_FROM } from './child-verifier.mjs';

/** What a run was like: counts of what was asked, done and broken. */
export function summaryOf(history, faults, { changes, unanswered, answeredOtherwise }, children) {
  const outcomes = {};
  let asked = 0;
  const ways = {};
  for (const { outcome, way, verifier } of history.verifications()) {
    if (verifier >= CHILDREN_FROM) continue;
    asked++;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    ways[way] = (ways[way] ?? 0) + 1;
  }
  const { unavailable = 0, unanswered: without = 0 } = outcomes;
  const revocations = revocationsOf(history);
  const injected = {};
  for (const { name } of faults) injected[name] = (injected[name] ?? 0) + 1;
  return {
    verifications: asked - unavailable - without,
    /** Those of client verifiers, most of which cost them nothing: not among the others. */
    byChildren: totalOf(children),
    ways,
    outcomes,
    revocations: revocations.length,
    revocationsUnderFaults: revocations.filter(({ startMs, endMs }) =>
      faults.some(({ fromMs, untilMs }) => fromMs < endMs && untilMs > startMs),
    ).length,
    revocationMs: quantilesOf(revocations),
    issueMs: quantilesOf(history.changes.filter(({ kind }) => kind === 'issue')),
    changes,
    unanswered,
    answeredOtherwise,
    faults: injected,
  };
}

function totalOf(children) {
  const total = { verdicts: 0, fromMemory: 0, unavailable: 0 };
  for (const { counts } of children) for (const name of Object.keys(total)) total[name] += counts[name];
  return total;
}

function quantilesOf(changes) {
  const durations = changes.map(({ startMs, endMs }) => endMs - startMs).sort((left, right) => left - right);
  const quantile = (part) => Math.round(durations[Math.floor(part * (durations.length - 1))] ?? 0);
  return { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
}

export function revocationsOf(history) {
  return history.changes.filter(({ kind, ok }) => kind === 'revoke' && ok);
}
