import { IntegrityFaults } from '../audit/sealing/integrity-faults.js';
import { OpenFaultsRepository } from '../audit/sealing/open-faults.repository.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { inApplication } from './in-application.js';
import { report } from './report.js';

const PLATFORM = 'platform';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Prints a line for each open fault; exits with 1 if there is one. */
export async function listFaults(): Promise<void> {
  const open = await inApplication((app) => app.get(OpenFaultsRepository).list());
  for (const { logId, fault, subject, foundAt } of open) {
    const log = logId === PLATFORM_LOG ? PLATFORM : logId;
    process.stdout.write(`${foundAt.toISOString()} ${log} ${fault}${subject === '' ? '' : ` ${subject}`}\n`);
  }
  report(open.length === 0 ? 'Nothing was found changed.' : `${open.length} faults are open.`);
  if (open.length > 0) process.exitCode = 1;
}

/** Clears the open faults of one log; that log and the platform's record it. */
export async function clearFaults(log: string): Promise<void> {
  const logId = log === PLATFORM ? PLATFORM_LOG : log.toLowerCase();
  if (!UUID.test(logId)) {
    report('--clear takes the id of a business, or "platform".');
    process.exitCode = 2;
    return;
  }
  const count = await inApplication((app) => app.get(IntegrityFaults).clear(logId));
  report(`${count} faults cleared. What is still there is found, and raised, again.`);
}
