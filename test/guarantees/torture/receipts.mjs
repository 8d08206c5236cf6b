// @ts-check
/** A process that was told to stop may finish what it is doing. */
const STOPPING_MS = 20;

/**
 * Compares what receipts say with the registry as it was read meanwhile, and with what was known of the processes.
 *
 * - `receipt-does-not-add-up`: registered is not acknowledged plus waited out.
 * - `receipt-omits-a-verifier`: more were registered from before the call until after its answer than it counts.
 * - `receipt-invents-a-verifier`: fewer were registered at any moment of the call than it counts.
 * - `receipt-claims-an-acknowledgement`: more have acknowledged than were registered at any moment of the call and did
 *   not stand still through all of it.
 *
 * @param {import('./history.mjs').History} history
 * @param {import('./registry-watch.mjs').RegistryWatch} registry
 * @param {import('./verifier-process.mjs').VerifierProcess[]} verifiers
 */
export function checkReceipts(history, registry, verifiers) {
  const stops = verifiers.flatMap((each) => each.stops);
  const violations = [];
  for (const { receipt, verifier, startMs, endMs } of history.changes) {
    if (!receipt) continue;
    const { verifiers_registered: counted, verifiers_acknowledged, verifiers_waited_out } = receipt;
    const report = (kind, facts) => violations.push({ kind, verifier, startMs, endMs, ...receipt, ...facts });
    if (verifiers_acknowledged + verifiers_waited_out !== counted) report('receipt-does-not-add-up');
    // A signed receipt tells of the revocation, not of the moment in which it is asked for.
    if (receipt.confirmed_at !== undefined) continue;
    const present = registry.presentThroughout(startMs, endMs);
    if (counted < present.length)
      report('receipt-omits-a-verifier', { present: present.map(({ pid }) => pid) });
    const possible = registry.presentAtSomeTime(startMs, endMs);
    if (possible === null) continue;
    const itself = knowsItself(verifiers[verifier], possible) ? 0 : 1;
    if (counted > possible.length + itself)
      report('receipt-invents-a-verifier', { possible: possible.length });
    const still = stops
      .filter(({ fromMs, untilMs }) => fromMs + STOPPING_MS < startMs && untilMs > endMs)
      .flatMap(({ pids }) => pids);
    const able = possible.filter(({ pid }) => !still.includes(pid));
    if (verifiers_acknowledged > able.length + itself) report('receipt-claims-an-acknowledgement', { still });
  }
  return violations;
}

/** Who answers counts itself, and need not have learned yet that it was expelled. Which of several workers answered is not known. */
function knowsItself({ mainPids, hasWorkers }, registrations) {
  return !hasWorkers && registrations.some(({ pid }) => mainPids.includes(pid));
}
