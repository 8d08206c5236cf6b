import { IntegrityFaults } from '../audit/sealing/integrity-faults.js';
import { PeriodicTask } from '../common/periodic-task.js';
import type { StateDifference } from '../integrity/state-comparison.js';
import { StateReconciliation } from '../integrity/state-reconciliation.js';
import { UnreadableInput } from '../log-format/verifying/unreadable-input.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { KeptEvidence, type KeptFiles } from './kept-evidence.js';
import { inApplication } from './in-application.js';
import { report } from './report.js';

const PROGRESS_MS = 2000;

/**
 * Prints a line for each difference on standard output, and its progress on standard error. It mends nothing, and no
 * background task does while it judges.
 */
export async function reconcile(businessId: string | null, files: KeptFiles): Promise<void> {
  let count = 0;
  let raised = 0;
  PeriodicTask.holdAll();
  await inApplication(async (app) => {
    const reconciliation = app.get(StateReconciliation);
    const all = await reconciliation.businesses();
    if (businessId !== null && !all.includes(businessId)) {
      report('There is no business of that id.');
      process.exitCode = 2;
      return;
    }
    const kept = new KeptEvidence(app, all);
    try {
      await kept.take(files);
    } catch (error) {
      if (!(error instanceof UnreadableInput)) throw error;
      report(error.message);
      process.exitCode = 2;
      return;
    }
    count += kept.gone.length;
    kept.gone.forEach((origin) => process.stdout.write(`${origin} - log that is gone\n`));
    const wanted = businessId === null ? [null, ...all] : [businessId];
    let toldAt = performance.now();
    for (const [index, each] of wanted.entries()) {
      const found = await reconciliation.run(each, (id) => kept.hasRevoked(each ?? PLATFORM_LOG, id));
      count += found.length;
      found.forEach((difference) => process.stdout.write(lineOf(each, difference)));
      if (performance.now() - toldAt < PROGRESS_MS && index + 1 < wanted.length) continue;
      toldAt = performance.now();
      report(`${index + 1} of ${wanted.length} logs compared, ${count} differences.`);
    }
    raised = app.get(IntegrityFaults).count;
  });
  if (count + raised > 0) process.exitCode = 1;
}

function lineOf(businessId: string | null, { id, what }: StateDifference): string {
  return `${businessId ?? 'platform'} ${id} ${what}\n`;
}
