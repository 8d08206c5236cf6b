import { Command } from 'commander';
import { prepareDatabase } from './database-preparation.js';
import { report } from './report.js';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description(
      'Bring the database schema up to date. `serve` does so by itself; this is for deploys that want it apart.',
    )
    .action(async () => {
      const database = await prepareDatabase();
      report('The database schema is up to date.');
      await database.release();
    });
}
