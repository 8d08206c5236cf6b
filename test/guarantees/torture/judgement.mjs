// @ts-check
import { checkActors } from './actors.mjs';
import { checkAvailability } from './availability.mjs';
import { FaultWindows } from './fault-windows.mjs';
import { checkHistory } from './history-checker.mjs';
import { checkReceipts } from './receipts.mjs';
import { reconcile } from './reconciliation.mjs';

/** What can be said of the history so far, by all judges but those that need a run to have ended. */
export async function judge(world, faults) {
  const { children, cluster, history, leaseMs, registry, verifiers } = world;
  const windows = new FaultWindows(faults, leaseMs, verifiers.length);
  // With its business suspended, the credential of one of its own is refused, and tried again slowly.
  const ofBusinesses = new Set(
    children.filter(({ business }) => business !== null).map(({ index }) => index),
  );
  return [
    ...checkHistory(history, leaseMs).violations,
    ...checkReceipts(history, registry, verifiers),
    ...checkAvailability(history, windows, leaseMs, ofBusinesses),
    ...(await checkActors(cluster, history).catch(() => [])),
  ];
}

/** The last word, when nothing happens any more. @returns {Promise<{violations: any[], differences: any[]}>} */
export async function judgeAll(world, faults) {
  const { children, cluster, history, verifiers } = world;
  const violations = [...(await judge(world, faults)), ...(await checkActors(cluster, history))];
  for (const { deaths, index } of [...verifiers, ...children])
    if (deaths > 0) violations.push({ kind: 'died-by-itself', verifier: index });
  return { violations, ...(await reconcile(cluster, history)) };
}
