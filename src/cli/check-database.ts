import { databaseUrl, migrateUrl } from '../config/database.config.js';
import { provide } from '../config/environment.js';
import { examineDatabase } from '../database/preflight.js';
import { databaseAt } from './database-in-words.repository.js';
import { withDatabase } from './database-preparation.js';
import { report } from './report.js';

/**
 * Prints what the preflight finds of the configured database, the errors first, and ends with 1 if the service would not start. The database
 * need not have a schema; asks as the owner where only that address is set.
 */
export async function printFindings(asJson: boolean): Promise<void> {
  const database = await withDatabase(false, async () => {
    const url = databaseUrl() ?? migrateUrl() ?? '';
    provide('DATABASE_URL', url);
    report(`${databaseAt(url)}.`);
    const findings = await examineDatabase();
    const lines = findings.map(({ severity, sentence }) => `${severity}: ${sentence}\n`).join('');
    process.stdout.write(asJson ? `${JSON.stringify(findings)}\n` : lines || 'The database is sound.\n');
    if (findings.some(({ severity }) => severity === 'error')) process.exitCode = 1;
  });
  await database.release();
}
